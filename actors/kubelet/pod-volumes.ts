/**
 * The volumes of one pod on this host: made before its containers start, kept fresh while it runs
 * (ConfigMaps, Secrets, tokens, the pod's own fields), and given up when it ends. Never decides
 * what a file holds.
 */
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, Pod, Volume } from '../../machines/api/types.ts';
import type { PodFacts } from '../../machines/kubelet/downward.ts';
import { expand } from '../../machines/kubelet/expand.ts';
import {
  planVolume,
  showsPod,
  type VolumePlan,
  volumeReferences,
  volumeTokens,
} from '../../machines/kubelet/volumes.ts';
import type { Clock } from '../clock.ts';
import type { Closeable, KubeletApi } from './api.ts';
import { fetchObjects, referenceKey } from './objects.ts';
import { bad, good, type Mount, type Outcome } from './runtime.ts';
import { writeFiles } from './volume-files.ts';

/**
 * How often volumes are written anew where nobody tells of changes: the kubelet's sync period,
 * milliseconds.
 */
export const REFRESH_MS = 60_000;
/** A token is replaced when this part of its life is over. */
const TOKEN_LIFE_PART = 0.8;
const TOKEN_SECONDS_DEFAULT = 3_607;

interface Token {
  readonly text: string;
  readonly replaceAtMs: number;
}

export class PodVolumes {
  private readonly api: KubeletApi;
  private readonly clock: Clock;
  private readonly dir: string;
  private facts: PodFacts;
  private readonly tokens = new Map<string, Token>();
  private readonly watches: Closeable[] = [];
  private cancel: (() => void) | undefined;
  private closed = false;

  /** `dir` is the pod's directory; volumes lie below it. */
  constructor(api: KubeletApi, clock: Clock, dir: string, facts: PodFacts) {
    this.api = api;
    this.clock = clock;
    this.dir = dir;
    this.facts = facts;
  }

  private get volumes(): readonly Volume[] {
    return this.facts.pod.spec?.volumes ?? [];
  }

  /** Makes all volumes. */
  async mount(): Promise<Outcome<undefined>> {
    for (const volume of this.volumes) {
      const made = await this.make(volume);
      if (!made.ok) return made;
    }
    this.keepFresh();
    return good(undefined);
  }

  private async make(volume: Volume): Promise<Outcome<undefined>> {
    const namespace = this.facts.pod.metadata?.namespace ?? '';
    const fetched = await fetchObjects(this.api, namespace, volumeReferences(volume));
    if ('error' in fetched) return failed(volume, fetched.error);
    const refused = await this.fetchTokens(volume);
    if (refused !== undefined) return failed(volume, `failed to fetch token: ${refused}`);
    const plan = planVolume(volume, this.facts, fetched.lookup, ({ audience = '', path }) => {
      return this.tokens.get(`${volume.name}/${audience}/${path}`)?.text;
    });
    const error = this.carryOut(volume, plan);
    return error === undefined ? good(undefined) : failed(volume, error);
  }

  private async fetchTokens(volume: Volume): Promise<string | undefined> {
    const { pod } = this.facts;
    for (const { audience, expirationSeconds, path } of volumeTokens(volume)) {
      const key = `${volume.name}/${audience ?? ''}/${path}`;
      const nowMs = this.clock.nowMs();
      if ((this.tokens.get(key)?.replaceAtMs ?? 0) > nowMs) continue;
      const result = await this.api.token({
        namespace: pod.metadata?.namespace ?? '',
        serviceAccount: pod.spec?.serviceAccountName ?? 'default',
        audience,
        expirationSeconds: expirationSeconds ?? TOKEN_SECONDS_DEFAULT,
        podName: pod.metadata?.name ?? '',
        podUid: pod.metadata?.uid ?? '',
      });
      if (!result.ok) return result.message;
      const replaceAtMs = nowMs + (result.expiresAtMs - nowMs) * TOKEN_LIFE_PART;
      this.tokens.set(key, { text: result.token, replaceAtMs });
    }
    return undefined;
  }

  private carryOut(volume: Volume, plan: VolumePlan): string | undefined {
    const at = this.path(volume);
    switch (plan.kind) {
      case 'error':
        return plan.message;
      case 'emptyDir':
        mkdirSync(at, { recursive: true, mode: 0o777 });
        return undefined;
      case 'hostPath':
        return checkHostPath(plan.path, plan.check);
      case 'files':
        writeFiles(at, plan.files);
        return undefined;
    }
  }

  /** Where a volume lies on this host. */
  private path(volume: Volume): string {
    if (volume.hostPath !== undefined) return volume.hostPath.path;
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'none';
    const plugin = `kubernetes.io~${kind.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
    return join(this.dir, 'volumes', plugin, volume.name);
  }

  /** The mounts of a container; what a sub-path names is made where it is missing. */
  mounts(container: Container, env: ReadonlyMap<string, string>): Outcome<readonly Mount[]> {
    const mounts: Mount[] = [];
    for (const mount of container.volumeMounts ?? []) {
      const volume = this.volumes.find(({ name }) => name === mount.name);
      if (volume === undefined) {
        return bad('CreateContainerConfigError', `volume "${mount.name}" not found`);
      }
      const sub = mount.subPathExpr === undefined ? mount.subPath : expand(mount.subPathExpr, env);
      const hostPath = sub ? join(this.path(volume), sub) : this.path(volume);
      if (sub && !existsSync(hostPath)) mkdirSync(hostPath, { recursive: true });
      mounts.push({ hostPath, containerPath: mount.mountPath, readOnly: mount.readOnly ?? false });
    }
    return good(mounts);
  }

  /** Watches what the volumes show, or looks again from time to time. */
  private keepFresh(): void {
    if (this.closed || this.cancel !== undefined || this.watches.length > 0) return;
    const namespace = this.facts.pod.metadata?.namespace ?? '';
    for (const volume of this.volumes) {
      for (const reference of volumeReferences(volume)) {
        const key = referenceKey(reference, namespace);
        const watch = this.api.watchObject?.(key, () => void this.refresh(volume));
        if (watch !== undefined) this.watches.push(watch);
      }
    }
    this.lookAgain();
  }

  private lookAgain(): void {
    const isStatic = (volume: Volume) =>
      volumeReferences(volume).length === 0 && volumeTokens(volume).length === 0;
    if (this.volumes.every(isStatic)) return;
    this.cancel = this.clock.at(this.clock.nowMs() + REFRESH_MS, () => {
      if (this.closed) return;
      for (const volume of this.volumes) if (!isStatic(volume)) void this.refresh(volume);
      this.lookAgain();
    });
  }

  /** Writes one volume anew; a failure leaves it as it was. */
  private async refresh(volume: Volume): Promise<void> {
    if (!this.closed) await this.make(volume).catch(() => undefined);
  }

  /** The pod's object changed: volumes that show its fields follow. */
  update(pod: Pod): void {
    this.facts = { ...this.facts, pod };
    for (const volume of this.volumes) if (showsPod(volume)) void this.refresh(volume);
  }

  /** Stops keeping the volumes fresh. */
  close(): void {
    this.closed = true;
    this.cancel?.();
    for (const watch of this.watches) watch.close();
  }

  /** Stops, and removes what the volumes held. */
  unmount(): void {
    this.close();
    rmSync(join(this.dir, 'volumes'), { recursive: true, force: true });
  }
}

function failed(volume: Volume, message: string): Outcome<never> {
  return bad('FailedMount', `MountVolume.SetUp failed for volume "${volume.name}" : ${message}`);
}

/** Makes or checks a path of the host, as the volume's type asks. */
function checkHostPath(path: string, type: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  const wrong = (what: string) => `hostPath type check failed: ${path} is not ${what}`;
  switch (type) {
    case 'DirectoryOrCreate':
      if (found === undefined) mkdirSync(path, { recursive: true, mode: 0o755 });
      return found === undefined || found.isDirectory() ? undefined : wrong('a directory');
    case 'FileOrCreate':
      if (found === undefined) writeFileSync(path, '', { mode: 0o644 });
      return found === undefined || found.isFile() ? undefined : wrong('a file');
    case 'Directory':
      return found?.isDirectory() ? undefined : wrong('a directory');
    case 'File':
      return found?.isFile() ? undefined : wrong('a file');
    case 'Socket':
      return found?.isSocket() ? undefined : wrong('a socket');
    case 'CharDevice':
      return found?.isCharacterDevice() ? undefined : wrong('a character device');
    case 'BlockDevice':
      return found?.isBlockDevice() ? undefined : wrong('a block device');
    default:
      if (found === undefined) mkdirSync(path, { recursive: true, mode: 0o755 });
      return undefined;
  }
}
