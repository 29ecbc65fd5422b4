/**
 * The trace of a run: one line for each step, write, fault and change of a process. Its hash is always taken; the
 * lines are made only where somebody reads them. The same seed and version give the same bytes.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Observation } from '../../machines/chaos/observation.ts';
import { renderState, renderStep } from '../../machines/step-record.ts';

/** Text gathered before it is hashed. */
const BLOCK_CHARS = 1 << 16;

/** See the file comment. */
export class Trace {
  readonly #startMs: number;
  readonly #read: ((line: string) => void) | undefined;
  readonly #hash: Hash = createHash('sha256');
  #block = '';

  constructor(startMs: number, read: ((line: string) => void) | undefined) {
    this.#startMs = startMs;
    this.#read = read;
  }

  observe(seen: Observation): void {
    const what = brief(seen);
    if (what === undefined) return;
    const atMs = seen.atMs - this.#startMs;
    this.#block += `${atMs} ${what}\n`;
    if (this.#block.length > BLOCK_CHARS) this.#flush();
    this.#read?.(`${atMs.toFixed(3).padStart(12)}  ${full(seen) ?? what}`);
  }

  #flush(): void {
    this.#hash.update(this.#block);
    this.#block = '';
  }

  /** The hash of everything; call it once. */
  digest(): string {
    this.#flush();
    return this.#hash.digest('hex').slice(0, 16);
  }
}

/** What is hashed of an observation; undefined: nothing. */
function brief(seen: Observation): string | undefined {
  switch (seen.type) {
    case 'step': {
      const { actor, event, messageId, after } = seen.record;
      const state = typeof after === 'string' ? after : renderState(after);
      return `${seen.process} ${actor} ${event} ${messageId} ${state}`;
    }
    case 'committed':
      return `committed ${seen.revision} ${seen.operation} ${seen.key} ${seen.messageId}`;
    case 'write.ended':
      return `${seen.op} ${seen.outcome} ${seen.revision}`;
    case 'read.ended':
      return `${seen.op} ${seen.ok ? seen.revision : 'failed'}`;
    case 'process':
      return `process ${seen.process} ${seen.state}${seen.power ? ' (power lost)' : ''}`;
    case 'fault':
      return `fault ${seen.name} ${seen.what} ${seen.state} ${seen.targets.join(',')}`;
    case 'container':
      return `${seen.node} ${seen.namespace}/${seen.pod} ${seen.container} ${seen.id} ${seen.state}`;
    case 'phase':
      return `phase ${seen.phase}`;
    default:
      return undefined;
  }
}

/** What a person reads of it, where that is more. */
function full(seen: Observation): string | undefined {
  if (seen.type === 'step') {
    const { record } = seen;
    const causes = record.causes.length === 0 ? '' : `  < ${record.causes.join(' ')}`;
    return `${seen.process.padEnd(14)} ${renderStep(record)}  [${record.messageId}${causes}]`;
  }
  if (seen.type === 'committed') {
    const by = seen.client === undefined ? '' : `  by ${seen.user} of ${seen.client}`;
    return `${'store'.padEnd(14)} ${seen.revision} ${seen.operation} ${seen.key}${by}`;
  }
  return undefined;
}
