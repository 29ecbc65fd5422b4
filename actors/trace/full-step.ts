/**
 * What a step is replayed from, and the state a machine was in, packed at once: what is packed can no longer change,
 * and its size is known. Values of Secrets never get in.
 */
import { encode } from '../../bus/codec.ts';
import type { MachineState } from '../../machines/step.ts';
import { digestFields } from '../../machines/trace/digest.ts';
import { type Replace, redact } from '../../machines/trace/redact.ts';
import { type Row, stateRow } from '../../machines/trace/rows.ts';
import type { StepDetail } from '../host.ts';

/** The longest that is recorded of one step or state; of a larger step only that it was is recorded. */
const PACKED_BYTES_MAX = 512 * 1024;

/** The packed cells of a `FullStep`; undefined where it is too large, or nothing that can be packed. */
export function packStep(
  { event, input, effects, after, nowMs }: StepDetail,
  replace: Replace,
): Uint8Array | undefined {
  const given = input ?? { ...event, nowMs };
  return pack(() => [
    redact(given, replace),
    redact(effects, replace),
    digestFields(redact(after.context, replace)),
  ]);
}

/** The row of a machine's state; undefined as above. */
export function packState(
  actor: string,
  { value, context }: MachineState,
  atMs: number,
  replace: Replace,
): { readonly row: Row; readonly bytes: number } | undefined {
  const packed = pack(() => redact(context, replace));
  if (packed === undefined) return undefined;
  const row = stateRow({ type: 'state', atMs, actor, value }, packed);
  return { row, bytes: packed.length };
}

function pack(data: () => unknown): Uint8Array | undefined {
  try {
    const packed = encode(data());
    return packed.length > PACKED_BYTES_MAX ? undefined : packed;
  } catch {
    // What cannot be packed must not hurt the machine it is of: its step goes without.
    return undefined;
  }
}
