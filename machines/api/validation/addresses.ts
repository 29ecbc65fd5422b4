/**
 * IP addresses and CIDRs inside objects: parsed, and what Kubernetes says of wrong ones. Pure
 * arithmetic on bytes.
 */
import { type Causes, invalid } from './field-errors.ts';

/** An address as its 4 or 16 bytes. */
export type Address = readonly number[];

/**
 * The bytes of an address, 4 or 16; undefined where the text is none. Leading zeros are taken as
 * decimal.
 */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    if (!/^\d{1,12}$/.test(part)) return undefined;
    const byte = Number(part);
    if (byte > 255) return undefined;
    bytes.push(byte);
  }
  return bytes;
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = last && index === parts.length - 1 ? parseV4(part) : undefined;
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
      continue;
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    const group = Number.parseInt(part, 16);
    bytes.push(group >> 8, group & 255);
  }
  return bytes;
}

const zeroFirst = /(^|\.)0\d/;

/** Adds what is wrong with an IP address; true where nothing is. */
export function checkIp(causes: Causes, field: string, text: string | undefined): boolean {
  const address = parseAddress(text ?? '');
  if (address === undefined) {
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    invalid(causes, field, text ?? '', detail);
    return false;
  }
  if (address.length === 4 && zeroFirst.test(text ?? '')) {
    invalid(causes, field, text, 'must not have leading 0s');
    return false;
  }
  if (isMapped(address)) {
    invalid(causes, field, text, 'must not be an IPv4-mapped IPv6 address');
    return false;
  }
  return true;
}

function isMapped(address: Address): boolean {
  if (address.length !== 16 || address[10] !== 255 || address[11] !== 255) return false;
  return address.slice(0, 10).every((byte) => byte === 0);
}

/** Adds an error for an address that only makes sense on one node. */
export function checkOrdinaryIp(causes: Causes, field: string, text: string | undefined): void {
  const address = parseAddress(text ?? '');
  if (address === undefined) {
    invalid(causes, field, text ?? '', 'must be a valid IP address');
    return;
  }
  const [first = 0, second = 0, third = 0] = address;
  const v4 = address.length === 4;
  const zeros = address.slice(0, -1).every((byte) => byte === 0);
  const last = address[address.length - 1];
  if (zeros && last === 0) invalid(causes, field, text, `may not be unspecified (${text})`);
  // Kubernetes refuses 127.0.0.0/8 as well; here that is where pods of process nodes have their
  // addresses.
  if (!v4 && zeros && last === 1) {
    invalid(causes, field, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  }
  if (v4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80) {
    const detail = 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
    invalid(causes, field, text, detail);
  }
  const multicast = v4
    ? first === 224 && second === 0 && third === 0
    : first === 0xff && (second & 0x0f) === 2;
  if (multicast) {
    const detail = 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
    invalid(causes, field, text, detail);
  }
}

/** A network: its first address and the number of bits that are given. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** Reads a CIDR such as `10.0.0.0/8`. */
export function parseCidr(text: string): Network | undefined {
  const slash = text.lastIndexOf('/');
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const bits = Number(text.slice(slash + 1));
  if (address === undefined || bits > address.length * 8) return undefined;
  return { address, bits };
}

/** Adds what is wrong with a CIDR; the network where nothing is. */
export function checkCidr(
  causes: Causes,
  field: string,
  text: string | undefined,
): Network | undefined {
  const network = parseCidr(text ?? '');
  if (network !== undefined) return network;
  const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  invalid(causes, field, text ?? '', detail);
  return undefined;
}

/** True where a network holds an address. */
export function holds(network: Network, address: Address): boolean {
  if (network.address.length !== address.length) return false;
  for (let bit = 0; bit < network.bits; bit += 8) {
    const mask = network.bits - bit >= 8 ? 255 : (0xff00 >> (network.bits - bit)) & 255;
    const index = bit >> 3;
    if (((network.address[index]! ^ address[index]!) & mask) !== 0) return false;
  }
  return true;
}
