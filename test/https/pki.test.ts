/** Keys and certificates: real TLS handshakes, renewal, kubeconfigs and tokens. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { issueAuthority, issueClient, type KeyPair } from '../../actors/pki/certificate.ts';
import { kubeconfigText, mergeKubeconfig } from '../../actors/pki/kubeconfig.ts';
import { loadPki, type Pki } from '../../actors/pki/pki.ts';
import { createTokenAuthority } from '../../actors/pki/tokens.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kabuki-pki-'));
  directories.push(directory);
  return directory;
}

interface Handshake {
  readonly authorized: boolean;
  readonly subject: PeerCertificate['subject'];
}

/** Connects with a client certificate and returns what the server saw; rejects where TLS fails. */
async function handshake(pki: Pki, host: string, client: KeyPair): Promise<Handshake> {
  const server = createServer({
    cert: pki.server.certificate,
    key: pki.server.key,
    ca: pki.caCertificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  const seen = new Promise<Handshake>((resolve) => {
    server.on('secureConnection', (socket: TLSSocket) => {
      resolve({ authorized: socket.authorized, subject: socket.getPeerCertificate().subject });
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: host,
    ca: pki.caCertificate,
    cert: client.certificate,
    key: client.key,
  });
  try {
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return await seen;
  } finally {
    socket.destroy();
    server.close();
  }
}

describe('certificates', () => {
  test('a client is known by its common name and organizations, over real TLS', async () => {
    const pki = loadPki({ directory: temporary(), nowMs: Date.now(), hosts: ['box.example'] });
    expect(await handshake(pki, 'kubernetes.default.svc', pki.admin)).toEqual({
      authorized: true,
      subject: { CN: 'kubernetes-admin', O: 'system:masters' },
    });
    const node = pki.issue({ user: 'system:node:a', groups: ['system:nodes', 'other'] });
    expect(await handshake(pki, 'box.example', node)).toEqual({
      authorized: true,
      subject: { CN: 'system:node:a', O: ['system:nodes', 'other'] },
    });
  });

  test('a certificate of another authority is not authorized', async () => {
    const pki = loadPki({ directory: temporary(), nowMs: Date.now() });
    const other = issueAuthority('kubernetes', Date.now());
    const client = issueClient(other, 'kubernetes', { user: 'x', groups: [] }, Date.now());
    expect((await handshake(pki, 'localhost', client)).authorized).toBe(false);
  });

  test('the server serves its usual and its given names, and no others', () => {
    const hosts = ['192.0.2.7', 'fd00::1:2', '::ffff:10.0.0.1', 'box.example'];
    const pki = loadPki({ directory: temporary(), nowMs: Date.now(), hosts });
    const certificate = new X509Certificate(pki.server.certificate);
    for (const name of ['localhost', 'kubernetes', 'kubernetes.default.svc', 'box.example']) {
      expect(certificate.checkHost(name)).toBe(name);
    }
    for (const ip of ['127.0.0.1', '::1', '127.96.0.1', '192.0.2.7', 'fd00::1:2']) {
      expect(certificate.checkIP(ip)).toBe(ip);
    }
    expect(certificate.checkHost('evil.example')).toBeUndefined();
    expect(certificate.checkIP('10.0.0.2')).toBeUndefined();
  });
});

describe('the directory', () => {
  test('keeps everything from the first start, private to its owner', () => {
    const directory = temporary();
    const first = loadPki({ directory, nowMs: Date.now() });
    const second = loadPki({ directory, nowMs: Date.now() });
    expect(second.caCertificate).toBe(first.caCertificate);
    expect(second.server).toEqual(first.server);
    expect(second.admin).toEqual(first.admin);
    expect(second.serviceAccountKey.equals(first.serviceAccountKey)).toBe(true);
    for (const name of ['ca.key', 'apiserver.key', 'admin.key', 'sa.key']) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
  });

  test('renews what is near its end or lacks a host, under the same authority', () => {
    const directory = temporary();
    const first = loadPki({ directory, nowMs: Date.now() });
    const more = loadPki({ directory, nowMs: Date.now(), hosts: ['new.example'] });
    expect(more.server.certificate).not.toBe(first.server.certificate);
    expect(more.admin).toEqual(first.admin);
    const later = loadPki({ directory, nowMs: Date.now() + 340 * 86_400_000 });
    expect(later.admin.certificate).not.toBe(first.admin.certificate);
    expect(later.caCertificate).toBe(first.caCertificate);
  });

  test('makes again what a crash has cut short', () => {
    const directory = temporary();
    const first = loadPki({ directory, nowMs: Date.now() });
    writeFileSync(join(directory, 'apiserver.crt'), '');
    writeFileSync(join(directory, 'admin.key'), first.admin.key.slice(0, 60));
    writeFileSync(join(directory, 'sa.key'), '');
    const again = loadPki({ directory, nowMs: Date.now() });
    expect(again.caCertificate).toBe(first.caCertificate);
    const admin = new X509Certificate(again.admin.certificate);
    expect(admin.checkPrivateKey(createPrivateKey(again.admin.key))).toBe(true);
  });
});

describe('kubeconfig', () => {
  test('is merged beside what others have entered, and replaces its own entry', async () => {
    const directory = temporary();
    const pki = loadPki({ directory: join(directory, 'pki'), nowMs: Date.now() });
    const file = join(directory, 'config');
    writeFileSync(
      file,
      'clusters: [{name: a, cluster: {server: https://a}}]\ncurrent-context: a\nusers: null\n',
    );
    const { caCertificate, admin: client } = pki;
    const entry = { name: 'kabuki', caCertificate, client };
    await mergeKubeconfig(file, { ...entry, server: 'https://127.0.0.1:1' });
    await mergeKubeconfig(file, { ...entry, server: 'https://127.0.0.1:2' });
    const merged = parse(readFileSync(file, 'utf8'));
    expect(merged['current-context']).toBe('a');
    expect(merged.clusters.map((item: { name: string }) => item.name)).toEqual(['a', 'kabuki']);
    expect(merged.clusters[1].cluster.server).toBe('https://127.0.0.1:2');
    expect(merged.users).toHaveLength(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const own = parse(kubeconfigText({ ...entry, server: 'https://127.0.0.1:3' }));
    expect(own['current-context']).toBe('kabuki');
    expect(own.contexts[0].context).toEqual({ cluster: 'kabuki', user: 'kabuki-admin' });
  });
});

describe('tokens', () => {
  const nowSeconds = 1_800_000_000;
  const claims = {
    aud: ['https://kubernetes.default.svc.cluster.local'],
    exp: nowSeconds + 3607,
    iat: nowSeconds,
    nbf: nowSeconds,
    sub: 'system:serviceaccount:default:web',
    'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'web', uid: 'u1' } },
  };

  test('are valid for their time, under their own key alone', async () => {
    const { serviceAccountKey } = loadPki({ directory: temporary(), nowMs: Date.now() });
    const other = loadPki({ directory: temporary(), nowMs: Date.now() });
    const authority = createTokenAuthority(serviceAccountKey);
    const token = await authority.sign(claims);
    expect(await authority.verify(token, nowSeconds)).toEqual(claims);
    expect(await authority.verify(token, nowSeconds + 3700)).toBeUndefined();
    expect(await authority.verify(token, nowSeconds - 60)).toBeUndefined();
    const foreign = await createTokenAuthority(other.serviceAccountKey).sign(claims);
    for (const bad of [foreign, `${token}x`, 'a.b.c', '', 'é', 'x'.repeat(20_000)]) {
      expect(await authority.verify(bad, nowSeconds)).toBeUndefined();
    }
    const [key] = (await authority.keySet()).keys;
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    expect(key).not.toHaveProperty('d');
  });
});
