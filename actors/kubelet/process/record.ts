/**
 * What a run of a container is made of on this host: its words, its environment, and whether they
 * can be found here. Decided once, when the container is created, and kept with it.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../../machines/api/types.ts';
import type { ContainerConfig, Mount } from '../runtime.ts';
import { type ImagePlan, imageBase } from './images.ts';
import type { Isolation } from './namespaces.ts';
import type { RunRecord, SandboxRecord } from './state-dir.ts';

/**
 * Environment of the kubelet that containers inherit: nothing but where programs are and what is
 * home.
 */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ'] as const;
const PATH_DEFAULT = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a record is made from. */
export interface RecordSources {
  readonly pod: Pod;
  readonly sandbox: SandboxRecord;
  readonly config: ContainerConfig;
  readonly plan: Exclude<ImagePlan, { kind: 'unknown' }>;
  readonly dir: string;
  readonly isolation: Isolation;
  readonly node: string;
}

/** The record of a new run, with an id of its own. */
export function newRecord(sources: RecordSources): RunRecord {
  const { sandbox, config, plan, dir, isolation } = sources;
  const isRoot = process.getuid?.() === 0;
  const root = isolation === 'plain' ? join(dir, 'root') : '';
  return {
    id: randomBytes(32).toString('hex'),
    uid: sandbox.uid,
    container: config.name,
    attempt: config.attempt,
    imageId: `host/${imageBase(config.image)}`,
    builtin: plan.kind === 'builtin' ? plan.builtin : '',
    words: plan.kind === 'host' ? plan.words : (config.args ?? []),
    env: environment(sources, root),
    cwd: config.workingDir ?? (root || '/'),
    isolation,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    stopSignal: config.stopSignal ?? 'SIGTERM',
    user: isRoot ? (config.runAsUser ?? null) : null,
    group: isRoot ? (config.runAsGroup ?? null) : null,
    messageFromLogs: config.terminationMessageFromLogs,
    startedAtMs: Date.now(),
  };
}

function environment(
  { pod, sandbox, config, node }: RecordSources,
  root: string,
): { [name: string]: string } {
  const env: { [name: string]: string } = { PATH: PATH_DEFAULT, HOME: '/' };
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  Object.assign(env, {
    HOSTNAME: podHostname(pod),
    KABUKI_POD_IP: sandbox.ip,
    KABUKI_POD_NAME: sandbox.name,
    KABUKI_POD_NAMESPACE: sandbox.namespace,
    KABUKI_NODE_NAME: node,
    KABUKI_ROOT: root,
    ...(config.tty ? { TERM: 'xterm' } : {}),
  });
  for (const [name, value] of config.env) env[name] = value;
  return env;
}

/** What a pod's processes call their host. */
export function podHostname({ metadata, spec }: Pod): string {
  return spec?.hostname ?? metadata?.name ?? '';
}

/** What a container runtime says of a command that is not there. */
export function notFoundMessage(word: string): string {
  const where = word.includes('/')
    ? `stat ${word}: no such file or directory`
    : 'executable file not found in $PATH';
  return `failed to create containerd task: unable to start container process: exec: "${word}": ${where}`;
}

/** True where a command can be run; what lies below a mount is only known inside. */
export function isFound(
  word: string,
  { env, cwd, isolation }: RunRecord,
  mounts: readonly Mount[],
): boolean {
  if (word === '') return false;
  const search = word.includes('/') ? [''] : (env.PATH ?? PATH_DEFAULT).split(':');
  return search.some((dir) => {
    const path = dir === '' ? (word.startsWith('/') ? word : join(cwd, word)) : join(dir, word);
    if (isolation !== 'plain' && mounts.some((m) => path.startsWith(`${m.containerPath}/`)))
      return true;
    if (isolation !== 'plain' && mounts.length === 0 && path.startsWith('/') && !existsSync(path)) {
      return dir === '';
    }
    return isExecutable(path);
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
