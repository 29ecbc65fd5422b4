/**
 * Endpoints and endpoint slices.
 *
 * Follows pkg/apis/core/validation/validation.go and pkg/apis/discovery/validation. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type { EndpointAddress, EndpointPort, EndpointSlice, Endpoints } from '../types.ts';
import { checkIp, checkOrdinaryIp, parseAddress } from './addresses.ts';
import {
  type Causes,
  duplicate,
  invalid,
  invalidFor,
  oneOf,
  required,
  tooMany,
  unsupported,
} from './field-errors.ts';
import { checkLabelKey, dnsLabelErrors, dnsSubdomainErrors, portErrors } from './names.ts';

const protocols: readonly string[] = ['SCTP', 'TCP', 'UDP'];

/** Adds what is wrong with an Endpoints object. */
export function checkEndpoints(causes: Causes, object: Loose<Endpoints>): void {
  object.subsets?.forEach(({ addresses = [], notReadyAddresses = [], ports = [] }, index) => {
    const path = `subsets[${index}]`;
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      required(causes, path, 'must specify `addresses` or `notReadyAddresses`');
    }
    addresses.forEach((address, position) => {
      checkEndpointAddress(causes, `${path}.addresses[${position}]`, address);
    });
    notReadyAddresses.forEach((address, position) => {
      checkEndpointAddress(causes, `${path}.notReadyAddresses[${position}]`, address);
    });
    ports.forEach((port, position) => {
      checkEndpointPort(causes, `${path}.ports[${position}]`, port, ports.length > 1);
    });
  });
}

function checkEndpointAddress(
  causes: Causes,
  field: string,
  { ip, hostname, nodeName }: Loose<EndpointAddress>,
): void {
  checkIp(causes, `${field}.ip`, ip);
  if (hostname) invalidFor(causes, `${field}.hostname`, hostname, dnsLabelErrors(hostname));
  if (nodeName !== undefined) {
    invalidFor(causes, `${field}.nodeName`, nodeName, dnsSubdomainErrors(nodeName));
  }
  checkOrdinaryIp(causes, `${field}.ip`, ip);
}

function checkEndpointPort(
  causes: Causes,
  field: string,
  { name = '', port, protocol, appProtocol }: Loose<EndpointPort>,
  needsName: boolean,
): void {
  if (needsName && name === '') required(causes, `${field}.name`);
  else if (name !== '') invalidFor(causes, `${field}.name`, name, dnsLabelErrors(name));
  invalidFor(causes, `${field}.port`, port ?? 0, portErrors(port));
  oneOf(causes, `${field}.protocol`, protocol, protocols);
  if (appProtocol !== undefined) checkLabelKey(causes, `${field}.appProtocol`, appProtocol);
}

const addressTypes: readonly string[] = ['FQDN', 'IPv4', 'IPv6'];
const endpointsMax = 1000;
const endpointAddressesMax = 100;
const endpointPortsMax = 20_000;

/** Adds what is wrong with an EndpointSlice. */
export function checkEndpointSlice(causes: Causes, object: Loose<EndpointSlice>): void {
  const { addressType = '', endpoints = [], ports = [] } = object;
  if (addressType === '') required(causes, 'addressType');
  else if (!addressTypes.includes(addressType)) {
    unsupported(causes, 'addressType', addressType, addressTypes);
  }
  if (endpoints.length > endpointsMax) tooMany(causes, 'endpoints', endpoints.length, endpointsMax);
  else {
    endpoints.forEach(({ addresses = [], hostname, nodeName }, index) => {
      const path = `endpoints[${index}]`;
      if (addresses.length === 0) {
        required(causes, `${path}.addresses`, 'must contain at least 1 address');
      } else if (addresses.length > endpointAddressesMax) {
        tooMany(causes, `${path}.addresses`, addresses.length, endpointAddressesMax);
      }
      addresses.forEach((address, position) => {
        checkSliceAddress(causes, `${path}.addresses[${position}]`, address, addressType);
      });
      if (hostname !== undefined) {
        invalidFor(causes, `${path}.hostname`, hostname, dnsLabelErrors(hostname));
      }
      if (nodeName !== undefined) {
        invalidFor(causes, `${path}.nodeName`, nodeName, dnsSubdomainErrors(nodeName));
      }
    });
  }
  if (ports.length > endpointPortsMax) tooMany(causes, 'ports', ports.length, endpointPortsMax);
  else checkSlicePorts(causes, ports);
}

function checkSliceAddress(causes: Causes, field: string, address: string, type: string): void {
  if (type === 'FQDN') {
    invalidFor(causes, field, address, dnsSubdomainErrors(address.replace(/\.$/, '')));
    return;
  }
  if (type !== 'IPv4' && type !== 'IPv6') return;
  const parsed = parseAddress(address);
  if (parsed === undefined || parsed.length !== (type === 'IPv4' ? 4 : 16)) {
    invalid(causes, field, address, `must be a valid ${type} address`);
    return;
  }
  if (checkIp(causes, field, address)) checkOrdinaryIp(causes, field, address);
}

function checkSlicePorts(
  causes: Causes,
  ports: readonly NonNullable<Loose<EndpointSlice>['ports']>[number][],
): void {
  const names = new Set<string>();
  ports.forEach(({ name = '', protocol, appProtocol }, index) => {
    const path = `ports[${index}]`;
    if (name !== '') invalidFor(causes, `${path}.name`, name, dnsLabelErrors(name));
    if (names.has(name)) duplicate(causes, `${path}.name`, name);
    names.add(name);
    oneOf(causes, `${path}.protocol`, protocol, protocols);
    if (appProtocol !== undefined) checkLabelKey(causes, `${path}.appProtocol`, appProtocol);
  });
}
