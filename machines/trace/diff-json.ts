/** Where two traces part, as JSON for scripts. Pure. */
import type { OneSided, Parting, TraceDiff } from './diff.ts';

/** All partings, the first one first. */
export function diffJson(
  { partings, shared, same }: TraceDiff,
  names: readonly [string, string],
): object {
  return {
    ...{ traces: names, isSame: partings.length === 0 && shared > 0, shared, same },
    partings: partings.map(partingJson),
  };
}

function partingJson({ subject, atMs, sides }: Parting): object {
  return {
    ...{ subject, atMs },
    sides: sides.map(({ lives, alone }) => ({ lives, alone: alone.map(aloneJson) })),
  };
}

function aloneJson({ happening, record, atMs }: OneSided): object {
  const message = 'messageId' in record ? { messageId: record.messageId } : {};
  return {
    ...{ instance: happening.instance, what: happening.what, atMs, process: record.process },
    ...message,
  };
}
