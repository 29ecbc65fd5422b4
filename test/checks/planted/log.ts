/**
 * A log written by hand, told to rules one observation at a time: what a planted bug would have left behind.
 *
 * Never runs the code that is checked.
 */
import type { AnyObject, Stored } from '../../../machines/api/view.ts';
import type { Observation } from '../../../machines/chaos/observation.ts';
import type { CheckSettings, Picture, Rule, Violation } from '../../../machines/checks/check.ts';
import { createChecks } from '../../../machines/checks/run-checks.ts';

type Loose = { readonly [field: string]: unknown };

/** An object by its parts; uid `u-<name>`, made at the epoch of the tests, unless `meta` says otherwise. */
export function object(resource: string, name: string, parts: Loose = {}): Loose & { key: string } {
  const { meta = {}, ...rest } = parts as { meta?: Loose };
  const cluster = ['core/nodes', 'core/namespaces'].includes(resource);
  const namespace = ((meta as Loose).namespace as string | undefined) ?? 'default';
  return {
    key: `${resource}/${cluster ? '_' : namespace}/${name}`,
    metadata: {
      name,
      ...(!cluster && { namespace }),
      uid: `u-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...meta,
    },
    ...rest,
  };
}

/** A controller reference to an object made by `object`. */
export function ownedBy(kind: string, name: string, uid = `u-${name}`, apiVersion = 'apps/v1') {
  const reference = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  return { ownerReferences: [reference] };
}

/** The conditions of a pod or node that is ready, or is not. */
export function ready(status: boolean | 'Unknown' = true) {
  const text = status === true ? 'True' : status === false ? 'False' : status;
  return { conditions: [{ type: 'Ready', status: text }] };
}

type Made = Loose & { key: string };

/** Writes a log and keeps its time. */
export class Log {
  readonly observations: Observation[] = [];
  #revision = 0;
  #nowMs = 0;

  /** Lets time pass. */
  after(ms: number): this {
    this.#nowMs += ms;
    return this;
  }

  put(...objects: readonly Made[]): this {
    for (const { key, ...rest } of objects) this.#commit(key, 'put', rest);
    return this;
  }

  /** Several writes of one message. */
  together(messageId: string, ...objects: readonly Made[]): this {
    for (const { key, ...rest } of objects) this.#commit(key, 'put', rest, messageId);
    return this;
  }

  delete(...objects: readonly Made[]): this {
    for (const { key, ...rest } of objects) this.#commit(key, 'delete', rest);
    return this;
  }

  deleteFrom(from: string, { key, ...rest }: Made): this {
    this.#commit(key, 'delete', rest, undefined, from);
    return this;
  }

  process(process: string, role: string, state: 'started' | 'crashed' | 'paused', power = false) {
    this.observations.push({ atMs: this.#nowMs, type: 'process', process, role, state, power });
    return this;
  }

  fault(name: string, state: 'begun' | 'ended', ...targets: readonly string[]): this {
    const fault = { name, injection: 1, what: 'crash', targets, state };
    this.observations.push({ atMs: this.#nowMs, type: 'fault', ...fault });
    return this;
  }

  container(node: string, pod: string, podUid: string, state: 'started' | 'exited' = 'started') {
    const what = { node, namespace: 'default', pod, podUid, container: 'c', id: `${podUid}-c` };
    this.observations.push({ atMs: this.#nowMs, type: 'container', ...what, state, exitCode: 0 });
    return this;
  }

  leadership(process: string, leads: boolean): this {
    const lease = 'kube-controller-manager';
    this.observations.push({
      atMs: this.#nowMs,
      type: 'leadership',
      process,
      lease,
      leads,
      token: this.#revision,
    });
    return this;
  }

  phase(phase: Picture['phase']): this {
    this.observations.push({ atMs: this.#nowMs, type: 'phase', phase });
    return this;
  }

  #commit(
    key: string,
    operation: 'put' | 'delete',
    { metadata, ...rest }: Loose,
    messageId?: string,
    from?: string,
  ): void {
    this.#revision += 1;
    const meta = { ...(metadata as Loose), resourceVersion: `${this.#revision}` };
    const state = { ...rest, metadata: meta } as unknown as Stored<AnyObject>;
    this.observations.push({
      atMs: this.#nowMs,
      type: 'committed',
      revision: this.#revision,
      key,
      operation,
      object: state,
      messageId: messageId ?? `m-${this.#revision}`,
      from,
      causes: [],
    });
  }
}

/** What the rules say of a log. */
export function judge(
  rules: readonly Rule[],
  log: Log,
  settings: Partial<CheckSettings> = {},
): readonly Violation[] {
  const checks = createChecks(rules, settings);
  for (const observation of log.observations) checks.observe(observation);
  checks.finish();
  return checks.violations;
}

/** The picture at the end of a log. */
export function pictureOf(log: Log): Picture {
  const checks = createChecks([]);
  for (const observation of log.observations) checks.observe(observation);
  return checks.picture;
}
