/** A host whose steps a recorder takes, and what a reader of its trail makes of them: all of a recording but NATS. */
import type { AnyStateMachine } from 'xstate';
import { createVirtualClock, type VirtualClock } from '../../actors/clock.ts';
import { createHost, type Host } from '../../actors/host.ts';
import { BatchReader } from '../../actors/trace/batch-reader.ts';
import { Recorder } from '../../actors/trace/recorder.ts';
import type { Bus } from '../../bus/bus.ts';
import { decode, encode } from '../../bus/codec.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';

/** See the file comment. */
export interface RecordedHost {
  readonly host: Host;
  readonly recorder: Recorder;
  readonly clock: VirtualClock;
  /** Bodies of the messages that were sent so far, as they went over the wire. */
  readonly sent: Uint8Array[];
  /** Connects and disconnects. */
  connection(state: 'connected' | 'disconnected'): void;
  /** The next messages of more than this many bytes are refused. */
  bytesMax: number;
  /** Runs everything that waits. */
  settle(): void;
  /** Everything that a reader of the trail knows. */
  records(): TraceRecord[];
}

/** A host with the given kinds; their effects are carried out by nobody but the host itself. */
export function recordedHost(kinds: { readonly [name: string]: AnyStateMachine }): RecordedHost {
  const clock = createVirtualClock(1_000_000);
  const sent: Uint8Array[] = [];
  const turns: (() => void)[] = [];
  let onState: (state: 'connected' | 'disconnected') => void = () => {};
  const bus = {
    tell(_subject: string, body: unknown) {
      const bytes = encode(body);
      if (bytes.length > world.bytesMax) throw new Error('too large');
      sent.push(bytes);
    },
    onConnection(handler: typeof onState) {
      onState = handler;
      return { close() {} };
    },
  } as unknown as Bus;
  let count = 0;
  const recorder = new Recorder({ bus, clock, cluster: 'test', role: 'apiserver', name: 'host-1' });
  const host = createHost({
    clock,
    bus,
    ids: { messageId: () => `m${++count}`, traceparent: () => '00-1-1-01' },
    schedule: (run) => turns.push(run),
    onStep: (record, detail) => recorder.step(record, detail),
  });
  for (const [name, machine] of Object.entries(kinds)) {
    host.register({ name, machine, execute: () => {} });
  }
  const world: RecordedHost = {
    ...{ host, recorder, clock, sent },
    connection: (state) => onState(state),
    bytesMax: 1024 * 1024,
    settle() {
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
    },
    records() {
      recorder.flush();
      const reader = new BatchReader();
      return sent.flatMap((bytes) => [...reader.read(decode(bytes), 0)]);
    },
  };
  return world;
}
