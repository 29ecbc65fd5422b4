/**
 * Issues X.509 certificates with ECDSA P-256 keys: an authority, servers, and clients whose
 * common name is the user and whose organizations are the groups, as Kubernetes reads them.
 *
 * Never stores anything, and never issues from a key that it did not get as an argument.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  booleanTrue,
  der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

/** A certificate and its private key (PKCS #8), both as PEM text. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Who a client certificate speaks for. */
export interface ClientName {
  readonly user: string;
  readonly groups: readonly string[];
}

const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** Lifetimes as kubeadm has them. */
const caLifetimeMs = 10 * 365 * 86_400_000;
const leafLifetimeMs = 365 * 86_400_000;
/** Certificates start a little in the past, for clients whose clock is behind. */
const clockSkewMs = 300_000;

interface Template {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly lifetimeMs: number;
  readonly extensions: readonly Buffer[];
}

/** A new self-signed authority with this common name. */
export function issueAuthority(commonName: string, nowMs: number): KeyPair {
  const { publicKey, privateKey } = newKey();
  const subject = nameOf(commonName, []);
  const certificate = issue(nowMs, {
    subject,
    issuer: subject,
    publicKey,
    signingKey: privateKey,
    lifetimeMs: caLifetimeMs,
    extensions: [
      extension(oid.keyUsage, true, bitString(Uint8Array.of(0b10100100), 2)),
      extension(oid.basicConstraints, true, sequence(booleanTrue())),
      extension(oid.subjectKeyId, false, octetString(keyId(publicKey))),
    ],
  });
  return { certificate, key: pemOf(privateKey) };
}

/** A server certificate for these DNS names and IP addresses. */
export function issueServer(
  authority: KeyPair,
  authorityName: string,
  hosts: readonly string[],
  nowMs: number,
): KeyPair {
  const names = sequence(...hosts.map(alternativeName));
  return issueLeaf(authority, authorityName, nameOf('kube-apiserver', []), nowMs, [
    extension(oid.extendedKeyUsage, false, sequence(objectIdentifier(oid.serverAuth))),
    extension(oid.subjectAltName, false, names),
  ]);
}

/** A client certificate for a user and its groups. */
export function issueClient(
  authority: KeyPair,
  authorityName: string,
  client: ClientName,
  nowMs: number,
): KeyPair {
  return issueLeaf(authority, authorityName, nameOf(client.user, client.groups), nowMs, [
    extension(oid.extendedKeyUsage, false, sequence(objectIdentifier(oid.clientAuth))),
  ]);
}

function issueLeaf(
  authority: KeyPair,
  authorityName: string,
  subject: Buffer,
  nowMs: number,
  more: readonly Buffer[],
): KeyPair {
  const signingKey = createPrivateKey(authority.key);
  const { publicKey, privateKey } = newKey();
  const authorityKeyId = der(0x80, keyId(createPublicKey(signingKey)));
  const certificate = issue(nowMs, {
    subject,
    issuer: nameOf(authorityName, []),
    publicKey,
    signingKey,
    lifetimeMs: leafLifetimeMs,
    extensions: [
      extension(oid.keyUsage, true, bitString(Uint8Array.of(0b10000000), 7)),
      extension(oid.basicConstraints, true, sequence()),
      extension(oid.authorityKeyId, false, sequence(authorityKeyId)),
      ...more,
    ],
  });
  return { certificate, key: pemOf(privateKey) };
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function issue(nowMs: number, template: Template): string {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const body = sequence(
    der(0xa0, integer(Uint8Array.of(2))),
    integer(serial),
    algorithm,
    template.issuer,
    sequence(time(nowMs - clockSkewMs), time(nowMs + template.lifetimeMs)),
    template.subject,
    template.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...template.extensions)),
  );
  const signature = sign('sha256', body, template.signingKey);
  const base64 = sequence(body, algorithm, bitString(signature)).toString('base64');
  const lines = base64.match(/.{1,64}/g)!.join('\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string, organizations: readonly string[]): Buffer {
  const attribute = (type: string, value: string) =>
    set(sequence(objectIdentifier(type), utf8String(value)));
  return sequence(
    ...organizations.map((value) => attribute(oid.organization, value)),
    attribute(oid.commonName, commonName),
  );
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [booleanTrue()] : [];
  return sequence(objectIdentifier(id), ...flag, octetString(value));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function alternativeName(host: string): Buffer {
  const family = isIP(host);
  if (family === 0) return der(0x82, Buffer.from(host, 'ascii'));
  return der(0x87, family === 4 ? ipv4Bytes(host) : ipv6Bytes(host));
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function ipv6Bytes(address: string): Buffer {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before, after] = canonical.split('::').map((part) => part.split(':').filter(Boolean));
  const gap = 8 - before!.length - (after?.length ?? 0);
  const words = [...before!, ...new Array<string>(gap).fill('0'), ...(after ?? [])];
  return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''), 'hex');
}
