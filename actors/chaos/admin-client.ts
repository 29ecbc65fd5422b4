/**
 * The API as the cluster's administrator, over HTTPS with the certificate of the data directory: what `kubectl` of the
 * same user would do. Requests and lists alone; watches are not offered.
 */
import { Agent, request as send } from 'node:https';
import type { ApiReply } from '../../machines/api/request.ts';
import { timeout, unavailable } from '../../machines/api/status.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import {
  type ApiClient,
  type ClientOptions,
  type ClientRequest,
  createApiClient,
} from '../api-client.ts';
import type { Pki } from '../pki/pki.ts';

export interface AdminClientOptions extends ClientOptions {
  readonly pki: Pki;
  /** `https://127.0.0.1:6443`. */
  readonly server: () => string;
}

const ANSWER_MS = 10_000;
const SOCKETS_MAX = 32;

const METHODS: { readonly [verb: string]: string } = {
  ...{ create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' },
};

const PATCHES: { readonly [type: string]: string } = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
};

/** Builds the client; it keeps connections open until the process ends or they idle. */
export function createAdminClient(options: AdminClientOptions): ApiClient {
  const { pki, server } = options;
  const agent = new Agent({
    ...{ keepAlive: true, maxSockets: SOCKETS_MAX },
    ...{ ca: pki.caCertificate, cert: pki.admin.certificate, key: pki.admin.key },
  });
  const ask = (one: ClientRequest): Promise<ApiReply> => askOnce(one, server(), agent);
  return createApiClient(
    {
      send: ask,
      async list(one) {
        const reply = await ask(one);
        if (reply.code >= 400) return reply;
        const { items = [], metadata } = reply.object as {
          items?: readonly AnyObject[];
          metadata?: { resourceVersion?: string; continue?: string };
        };
        const revision = Number(metadata?.resourceVersion ?? 0);
        return { objects: items, revision, continueToken: metadata?.continue ?? '' };
      },
      watch: async () => unavailable('this client does not watch'),
    },
    options,
  );
}

function askOnce(one: ClientRequest, server: string, agent: Agent): Promise<ApiReply> {
  const type = one.patch === undefined ? 'application/json' : PATCHES[one.patch.type];
  const body = one.patch?.body ?? one.body;
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve) => {
    const asked = send(
      `${server}${pathOf(one)}`,
      {
        ...{ agent, method: METHODS[one.verb] ?? 'GET', timeout: ANSWER_MS },
        headers: {
          ...{ accept: 'application/json', 'user-agent': one.userAgent, 'content-type': type },
          // Node does not say by itself that a DELETE has a body.
          'content-length': Buffer.byteLength(text),
        },
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('error', () => resolve(timeout('the answer was cut')));
        response.on('end', () => resolve(replyOf(response.statusCode ?? 0, answer)));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code === 'ECONNREFUSED';
      resolve(refused ? unavailable(error.message) : timeout(error.message));
    });
    asked.end(text);
  });
}

function replyOf(code: number, text: string): ApiReply {
  try {
    return { code, object: JSON.parse(text) as AnyObject, warnings: [] };
  } catch {
    return timeout('an apiserver answered something else');
  }
}

function pathOf(one: ClientRequest): string {
  const { group, version, resource, subresource, namespace, name, query } = one;
  const words = [
    ...(group === '' ? ['api', version] : ['apis', group, version]),
    ...(namespace === '' ? [] : ['namespaces', namespace]),
    ...[resource, one.verb === 'create' && subresource === '' ? '' : name, subresource],
  ];
  const path = words.filter((word) => word !== '').map(encodeURIComponent);
  const search = new URLSearchParams(query).toString();
  return `/${path.join('/')}${search === '' ? '' : `?${search}`}`;
}
