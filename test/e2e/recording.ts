/** A recording of a live run, for tests that ask what a fault really did: `kabuki chaos run --record`. */
import { readFileSync } from 'node:fs';
import type { Observation } from '../../machines/chaos/observation.ts';

type Of<T extends Observation['type']> = Extract<Observation, { type: T }>;

/** When a fault was at work. */
export interface Window {
  readonly beganMs: number;
  readonly endedMs: number;
  readonly targets: readonly string[];
}

/** A write and how it ended. */
export interface EndedWrite {
  readonly messageId: string;
  readonly beganMs: number;
  readonly tookMs: number;
  readonly outcome: string;
  readonly keys: readonly string[];
}

/** See the file comment. */
export class Recording {
  readonly all: readonly Observation[];

  constructor(file: string) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    this.all = lines.map((line) => JSON.parse(line) as Observation);
  }

  of<T extends Observation['type']>(type: T): readonly Of<T>[] {
    return this.all.filter((one): one is Of<T> => one.type === type);
  }

  /** The first injection of a fault; throws where it never began or never ended. */
  fault(name: string): Window {
    const [begun, ended] = (['begun', 'ended'] as const).map((state) =>
      this.of('fault').find((one) => one.name === name && one.state === state),
    );
    if (begun === undefined || ended === undefined) throw new Error(`${name} was not at work`);
    return { beganMs: begun.atMs, endedMs: ended.atMs, targets: begun.targets };
  }

  commits(key: string, { beganMs, endedMs }: Pick<Window, 'beganMs' | 'endedMs'> = ALWAYS) {
    return this.of('committed').filter(
      (one) => one.key.startsWith(key) && one.atMs >= beganMs && one.atMs <= endedMs,
    );
  }

  /** The store's writes that began in the window. */
  writes({ beganMs, endedMs }: Window): readonly EndedWrite[] {
    const ends = new Map(this.of('write.ended').map((one) => [one.op, one]));
    return this.of('write.begun').flatMap(({ op, messageId, atMs, writes }) => {
      const end = ends.get(op);
      if (end === undefined || atMs < beganMs || atMs > endedMs) return [];
      const keys = writes.map(({ key }) => key);
      return [{ messageId, beganMs: atMs, tookMs: end.atMs - atMs, outcome: end.outcome, keys }];
    });
  }

  /**
   * The writes that began while a fault was surely at work: from the first on that shows it, since a process hears of a
   * fault a moment after it has begun, until its time was over, since its end is told a moment after that.
   */
  hitWrites(
    name: string,
    forMs: number,
    shows: (write: EndedWrite) => boolean,
  ): readonly EndedWrite[] {
    const { beganMs, targets } = this.fault(name);
    const writes = this.writes({ beganMs, endedMs: beganMs + forMs - 1, targets });
    const first = writes.findIndex(shows);
    return first < 0 ? [] : writes.slice(first);
  }

  /** What a process's readers of the log were told in the window. */
  told(process: string, { beganMs, endedMs }: Pick<Window, 'beganMs' | 'endedMs'>) {
    return this.of('watched').filter(
      ({ watch, atMs }) => watch.startsWith(`${process}/`) && atMs >= beganMs && atMs <= endedMs,
    );
  }

  /** How much later than it was committed a process was told of each change in the window, milliseconds. */
  lagsMs(process: string, window: Pick<Window, 'beganMs' | 'endedMs'>): readonly number[] {
    const committed = new Map(this.of('committed').map((one) => [one.revision, one.atMs]));
    return this.told(process, window).flatMap(({ what, revision, atMs }) => {
      const sinceMs = committed.get(revision);
      return what !== 'event' || sinceMs === undefined ? [] : [atMs - sinceMs];
    });
  }
}

const ALWAYS = { beganMs: 0, endedMs: Number.POSITIVE_INFINITY };

/** Keys alone: what a failed test prints is to be read. */
export const keysOf = (commits: readonly { readonly key: string }[]): readonly string[] =>
  commits.map(({ key }) => key);
