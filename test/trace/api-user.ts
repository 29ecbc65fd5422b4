/** A client of a cluster's API over HTTPS, as curl would be: with the kubeconfig's certificate, or with a token. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { parse } from 'yaml';
import type { AnyObject } from '../../machines/api/view.ts';
import type { UpReport } from '../e2e/cluster.ts';

export interface Asked {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: Readonly<{ [name: string]: string }>;
  /** In place of the administrator's certificate. */
  readonly token?: string;
}

export interface Answered {
  readonly code: number;
  readonly auditId: string;
  readonly object: AnyObject;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'base64');

/** Asks once. */
export function askApi(cluster: UpReport, path: string, asked: Asked = {}): Promise<Answered> {
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8'));
  const { cluster: server } = config.clusters[0];
  const { user } = config.users[0];
  const { method = 'GET', body, headers, token } = asked;
  const options = {
    method,
    ca: bytes(server['certificate-authority-data']),
    ...(token === undefined
      ? { cert: bytes(user['client-certificate-data']), key: bytes(user['client-key-data']) }
      : {}),
    headers: {
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server.server), options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => {
        const auditId = String(answer.headers['audit-id'] ?? '');
        resolve({ code: answer.statusCode ?? 0, auditId, object: JSON.parse(text) as AnyObject });
      });
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A Deployment whose pods wait for ever. */
export function deploymentOf(name: string, replicas: number): AnyObject {
  const labels = { app: name };
  const spec = { containers: [{ name: 'main', image: 'kabuki/pause' }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
