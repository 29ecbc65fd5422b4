/** A replay as JSON for scripts. Pure. */
import type { Different, ReplayReport } from './replay-report.ts';

/** Counts by kind, and the differences with both sides. */
export function replayJson({ steps, same, different, kinds, differences }: ReplayReport): object {
  return { steps, same, different, kinds, differences: differences.map(differentJson) };
}

function differentJson({ record, difference }: Different): object {
  const { process, actor, atMs, messageId, from, event, before, after, done, handled } = record;
  const { full } = record;
  const { found, thrown, parts, fields } = difference;
  return {
    ...{ process, actor, atMs, messageId, from, event, parts, fields },
    data: full?.event,
    onRecord: { before, after, done, handled, effects: full?.effects },
    now:
      found === undefined
        ? { thrown: String(thrown) }
        : {
            after: found.state.value,
            context: found.state.context,
            done: found.done,
            handled: found.handled,
            effects: found.effects,
          },
  };
}
