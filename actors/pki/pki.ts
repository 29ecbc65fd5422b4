/**
 * The cluster's keys and certificates: made on the first start, read on every later one, kept in
 * one directory with kubeadm's file names, readable by their owner alone.
 *
 * Never replaces an authority or a ServiceAccount key that can still be read; renews server and
 * client certificates that are near their end, that another authority signed, or that lack a host.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  type ClientName,
  issueAuthority,
  issueClient,
  issueServer,
  type KeyPair,
} from './certificate.ts';

/** What a server and its clients need; PEM texts. */
export interface Pki {
  /** The authority's certificate, as clients and the root CA ConfigMaps get it. */
  readonly caCertificate: string;
  readonly server: KeyPair;
  /** Client certificate of `kubernetes-admin` in `system:masters`. */
  readonly admin: KeyPair;
  /** Signs ServiceAccount tokens. */
  readonly serviceAccountKey: KeyObject;
  /** Issues a certificate for another client; it is not kept. */
  issue(client: ClientName): KeyPair;
}

/** Where to keep the files, and what the server is called besides its usual names. */
export interface PkiOptions {
  readonly directory: string;
  readonly nowMs: number;
  /** DNS names and IP addresses that clients use in addition to `usualHosts`. */
  readonly hosts?: readonly string[];
}

/** The names and addresses in every server certificate; the last is the first service address. */
export const usualHosts: readonly string[] = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  '::1',
  '127.96.0.1',
];

const authorityName = 'kubernetes';
const admin: ClientName = { user: 'kubernetes-admin', groups: ['system:masters'] };
/** Certificates are renewed at a start within this time of their end. */
const renewBeforeMs = 30 * 86_400_000;

/** Reads the directory's files, making what is missing. Takes about 5 ms at the first start. */
export function loadPki(options: PkiOptions): Pki {
  const { directory, nowMs } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const hosts = [...new Set([...usualHosts, ...(options.hosts ?? [])])];
  const authority = loadPair(
    directory,
    'ca',
    (certificate) => fresh(certificate, nowMs),
    () => issueAuthority(authorityName, nowMs),
  );
  const ca = new X509Certificate(authority.certificate);
  const usable = (certificate: X509Certificate) =>
    fresh(certificate, nowMs) && certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
  return {
    caCertificate: authority.certificate,
    server: loadPair(
      directory,
      'apiserver',
      (certificate) => usable(certificate) && hosts.every((host) => serves(certificate, host)),
      () => issueServer(authority, authorityName, hosts, nowMs),
    ),
    admin: loadPair(directory, 'admin', usable, () =>
      issueClient(authority, authorityName, admin, nowMs),
    ),
    serviceAccountKey: loadSigningKey(directory),
    issue: (client) => issueClient(authority, authorityName, client, nowMs),
  };
}

function fresh(certificate: X509Certificate, nowMs: number): boolean {
  return Date.parse(certificate.validTo) - renewBeforeMs > nowMs;
}

function serves(certificate: X509Certificate, host: string): boolean {
  const found = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return found !== undefined;
}

function loadPair(
  directory: string,
  name: string,
  usable: (certificate: X509Certificate) => boolean,
  make: () => KeyPair,
): KeyPair {
  const certificateFile = join(directory, `${name}.crt`);
  const keyFile = join(directory, `${name}.key`);
  const certificate = readText(certificateFile);
  const key = readText(keyFile);
  if (certificate !== undefined && key !== undefined && isPair(certificate, key, usable)) {
    return { certificate, key };
  }
  const made = make();
  writeText(keyFile, made.key);
  writeText(certificateFile, made.certificate);
  return made;
}

/** False for files that a crash left empty, cut short or unmatched: they are made again. */
function isPair(
  certificate: string,
  key: string,
  usable: (certificate: X509Certificate) => boolean,
): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.checkPrivateKey(createPrivateKey(key)) && usable(parsed);
  } catch {
    return false;
  }
}

function loadSigningKey(directory: string): KeyObject {
  const file = join(directory, 'sa.key');
  const text = readText(file);
  if (text?.includes('END PRIVATE KEY') === true) return createPrivateKey(text);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeText(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  writeText(join(directory, 'sa.pub'), publicKey.toString());
  return privateKey;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes beside the file and renames, so that a reader never sees half of it. */
function writeText(file: string, text: string): void {
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, file);
}
