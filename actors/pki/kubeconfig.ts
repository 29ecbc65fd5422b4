/**
 * Writes kubeconfig files: one of the cluster's own, or its entries merged into an existing file.
 *
 * Never changes the current context of an existing file unless it has none, and never touches
 * entries under other names.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KeyPair } from './certificate.ts';

/** One cluster with one user, and the name under which both are entered. */
export interface KubeconfigEntry {
  /** Name of cluster and context, `kabuki` by default. */
  readonly name: string;
  /** For example `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly caCertificate: string;
  readonly client: KeyPair;
}

interface Named {
  readonly name: string;
}

interface Kubeconfig {
  readonly clusters?: readonly Named[] | null;
  readonly contexts?: readonly Named[] | null;
  readonly users?: readonly Named[] | null;
  readonly 'current-context'?: string;
}

/** The text of a kubeconfig with this one entry, as YAML (JSON is YAML too, but reads worse). */
export function kubeconfigText(entry: KubeconfigEntry): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const name = JSON.stringify(entry.name);
  const user = JSON.stringify(userName(entry));
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${entry.server}
    certificate-authority-data: ${base64(entry.caCertificate)}
users:
- name: ${user}
  user:
    client-certificate-data: ${base64(entry.client.certificate)}
    client-key-data: ${base64(entry.client.key)}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${user}
current-context: ${name}
`;
}

/** Writes a kubeconfig of the cluster's own, readable by its owner alone. */
export function writeKubeconfig(file: string, entry: KubeconfigEntry): void {
  write(file, kubeconfigText(entry));
}

/** Enters the cluster into an existing kubeconfig; makes the file where there is none. */
export async function mergeKubeconfig(file: string, entry: KubeconfigEntry): Promise<void> {
  const { parse, stringify } = await import('yaml');
  const existing = (parse(readOrEmpty(file)) ?? {}) as Kubeconfig;
  const ours = parse(kubeconfigText(entry)) as Required<Kubeconfig>;
  const merged = {
    ...ours,
    ...existing,
    clusters: replaceNamed(existing.clusters, ours.clusters),
    users: replaceNamed(existing.users, ours.users),
    contexts: replaceNamed(existing.contexts, ours.contexts),
    'current-context': existing['current-context'] || entry.name,
  };
  write(file, stringify(merged, { lineWidth: 0 }));
}

function userName(entry: KubeconfigEntry): string {
  return `${entry.name}-admin`;
}

function replaceNamed(
  existing: readonly Named[] | null | undefined,
  ours: readonly Named[] | null,
): readonly Named[] {
  const added = ours ?? [];
  const names = new Set(added.map((item) => item.name));
  return [...(existing ?? []).filter((item) => !names.has(item.name)), ...added];
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, text, { mode: 0o600 });
  chmodSync(partial, 0o600);
  renameSync(partial, file);
}
