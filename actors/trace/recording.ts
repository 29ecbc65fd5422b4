/**
 * Records a running cluster to a file: what its trail holds, and what comes until it is told to end. Every process is
 * asked, again and again, to record in full, so that one that starts meanwhile does, and all cease by themselves where
 * this process is killed.
 */
import type { Subscription } from '../../bus/bus.ts';
import { createIds, systemRandom } from '../../bus/ids.ts';
import { subject } from '../../bus/subjects.ts';
import { isRecord } from '../../machines/api/json.ts';
import type { TraceRecord, WriteTraced } from '../../machines/trace/record.ts';
import { TRACE_VERSION, writeRow } from '../../machines/trace/rows.ts';
import { encodeObject } from '../apiserver/object-codec.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { isAlive } from '../cluster/layout.ts';
import { sayerOf } from '../cluster/users.ts';
import { askProcesses } from './ask-processes.ts';
import type { DebugAnswer, DebugCommand } from './debug-protocol.ts';
import { type LiveTrace, openLiveTrace } from './live-trace.ts';
import { type FileEnd, type FileInfo, fileFrame, fileHead, frameOf } from './trace-file.ts';
import { TraceWriter } from './trace-writer.ts';

/** For how long processes record in full without being asked again, and how often they are asked. */
const FULL_MS = 60_000;
const RENEW_MS = 5_000;
const LOOK_MS = 100;
/** A process that begins again and again is answered once in this time, and then by the next renewal. */
const GREETED_MS = 500;
/** What is written is in the trail by then, or never will be. */
const SETTLED_MS = 500;
/** How long the trail may be out of reach before a recording is given up. */
const AWAY_MS_MAX = 30_000;

export interface RecordOptions {
  readonly dataDir: string;
  readonly file: string;
  /** Overwrite what is there. */
  readonly force: boolean;
  /** Only what the trail is told anyway. */
  readonly isLight: boolean;
  /** Leave out what the trail holds already. */
  readonly fromNow: boolean;
  /** Of this program. */
  readonly version: string;
  /** Aborted: the recording ends. */
  readonly ended: AbortSignal;
  /** Told once recording has begun, with the names of processes that do not record as asked. */
  readonly onBegun: (silent: readonly string[]) => void;
}

/** What became of a recording. */
export interface Recording {
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  /** Records, or more, that never arrived. */
  readonly lost: number;
  readonly processes: readonly string[];
  readonly forMs: number;
  /** Why it ended: `asked`, or a sentence. */
  readonly why: string;
}

/** Records until told to end, or the cluster is gone. Throws CommandError. */
export async function recordTrace(options: RecordOptions): Promise<Recording> {
  const trace = await openLiveTrace(options.dataDir);
  try {
    const file = new TraceWriter(options.file, options.force);
    try {
      return await new Recorded(trace, file, options).run();
    } finally {
      file.close();
    }
  } finally {
    await trace.close();
  }
}

/** One recording under way. */
class Recorded {
  readonly #trace: LiveTrace;
  readonly #file: TraceWriter;
  readonly #options: RecordOptions;
  readonly #revisions = new Set<number>();
  readonly #processes = new Set<string>();
  readonly #startMs = Date.now();
  #records = 0;
  #lost = 0;
  #renewedMs = 0;
  readonly #greetedMs = new Map<string, number>();
  /** Something was lost since states were told last: machines are replayed again from the next ones. */
  #needsStates = false;

  constructor(trace: LiveTrace, file: TraceWriter, options: RecordOptions) {
    this.#trace = trace;
    this.#file = file;
    this.#options = options;
  }

  async run(): Promise<Recording> {
    const { version, isLight, fromNow, onBegun } = this.#options;
    const { cluster } = this.#trace.cluster;
    const mode = isLight ? 'light' : 'full';
    const info: FileInfo = { cluster, version, atMs: this.#startMs, mode };
    this.#file.write(fileHead());
    this.#file.write(fileFrame({ info }));
    if (fromNow) await this.#trace.skip();
    const newcomers = this.#askNewcomers();
    const answers = await askProcesses(this.#trace, this.#full(FULL_MS, true));
    this.#renewedMs = Date.now();
    await this.#read();
    await this.#addStored(this.#startMs - SETTLED_MS);
    onBegun(this.#silent(answers));
    const asked = await this.#untilEnded();
    newcomers.close();
    const why = await this.#finish(asked);
    return {
      ...{ file: this.#options.file, records: this.#records, bytes: this.#file.bytes },
      ...{ lost: this.#lost, processes: [...this.#processes].sort(), why },
      forMs: Date.now() - this.#startMs,
    };
  }

  /** Processes that do not record as they were asked to. */
  #silent(answers: readonly DebugAnswer[]): readonly string[] {
    const { isLight } = this.#options;
    const done = answers.filter(({ isFull }) => isLight || isFull).map((one) => one.process);
    return this.#trace.cluster.processes
      .filter(({ role, name }) => role !== 'nats-server' && !done.includes(name))
      .map(({ name }) => name);
  }

  #full(forMs: number, states = false): DebugCommand {
    if (this.#options.isLight) return { do: 'tell' };
    return { do: 'full', untilMs: forMs === 0 ? 0 : Date.now() + forMs, states };
  }

  /** Why it ended. */
  async #untilEnded(): Promise<string> {
    const { ended } = this.#options;
    let heardMs = Date.now();
    while (!ended.aborted) {
      try {
        await this.#read();
        heardMs = Date.now();
        if (heardMs - this.#renewedMs > RENEW_MS) this.#renew();
      } catch (error) {
        if (!isAway(error)) throw error;
        if (!isAlive(this.#trace.cluster.pid)) return 'the cluster has ended';
        if (Date.now() - heardMs > AWAY_MS_MAX) return 'the cluster was out of reach';
      }
      await pause(LOOK_MS, ended);
    }
    return 'asked';
  }

  /** A process that begins is asked at once, before it has done much. */
  #askNewcomers(): Subscription {
    const { bus, cluster } = this.#trace;
    return bus.subscribe(`${subject(cluster.cluster, 'debugged')}.>`, ({ subject: from, body }) => {
      if (!isRecord(body) || body.answers !== '') return;
      const { process } = sayerOf(from);
      // One that greets without an end makes nobody ask all the others as often.
      if (Date.now() - (this.#greetedMs.get(process) ?? 0) <= GREETED_MS) return;
      this.#greetedMs.set(process, Date.now());
      this.#renew();
    });
  }

  /** Nobody waits for answers: who has ended meanwhile has none. */
  #renew(): void {
    this.#renewedMs = Date.now();
    const { bus, cluster } = this.#trace;
    const ids = createIds(systemRandom());
    const envelope = {
      ...{ id: ids.messageId(), from: 'kabuki trace', causes: [] },
      traceparent: ids.traceparent(),
    };
    bus.tell(subject(cluster.cluster, 'debug'), this.#full(FULL_MS, this.#needsStates), envelope);
    this.#needsStates = false;
  }

  async #read(): Promise<void> {
    await this.#trace.readMessages((message, records) => {
      this.#file.write(frameOf(message.data));
      for (const record of records) this.#note(record);
    });
  }

  #note(record: TraceRecord): void {
    this.#processes.add(record.process);
    if (record.type === 'lost') {
      this.#lost += record.count;
      this.#needsStates = true;
    } else this.#records += 1;
    if (record.type === 'write') this.#revisions.add(record.revision);
  }

  /** The writes that the trail does not have, up to a time. */
  async #addStored(untilMs: number): Promise<void> {
    const stored = await this.#trace.storedWrites();
    const missing = stored.filter(
      ({ revision, atMs }) => atMs < untilMs && !this.#revisions.has(revision),
    );
    for (const write of missing) {
      this.#file.write(fileFrame({ v: TRACE_VERSION, process: '', rows: [rowOf(write)] }));
      this.#records += 1;
      this.#revisions.add(write.revision);
    }
  }

  /** Ends recording in full and the file, whatever the cluster does; gives why it ended. */
  async #finish(asked: string): Promise<string> {
    const atMs = Date.now();
    let why = asked;
    try {
      if (why === 'asked') await this.#readRest(atMs);
    } catch (error) {
      if (!isAway(error)) throw error;
      why = error.message;
    }
    const end: FileEnd = { atMs, why };
    this.#file.write(fileFrame({ end }));
    return why;
  }

  async #readRest(untilMs: number): Promise<void> {
    await askProcesses(this.#trace, this.#full(0));
    // The server may still be taking in what came with the answers.
    await pause(SETTLED_MS);
    await this.#read();
    await this.#addStored(untilMs);
  }
}

const isAway = (error: unknown): error is CommandError =>
  error instanceof CommandError && error.exitCode === EXIT.natsUnreachable;

function rowOf(write: WriteTraced) {
  const { object } = write;
  return writeRow(write, object === undefined ? undefined : encodeObject(object));
}

/** Waits, less where it is ended. */
function pause(ms: number, ended?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      ended?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    ended?.addEventListener('abort', done);
  });
}
