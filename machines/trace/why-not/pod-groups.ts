/** What many pods wait for, those with the same trouble told as one. Pure. */
import type { Pod } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { isPodReady, podAvailableAtMs } from '../../controllers/pods.ts';
import { podWaits } from './pods.ts';
import { countText, inText, type Situation, type Waiting } from './situation.ts';

/** Names of a group that are told. */
const NAMES_MAX = 5;
/** Durations in texts, which differ though the trouble is the same. */
const DURATIONS = /any moment now|(in )?\d[\d.]* ?(ms|s|min|h)\b( \d+ (s|min))?/g;

/** What keeps pods from being available, those with the same trouble as one. */
export function podGroups(
  pods: readonly Stored<Pod>[],
  minReadySeconds: number,
  s: Situation,
): readonly Waiting[] {
  const groups = new Map<
    string,
    { readonly names: string[]; readonly waits: readonly Waiting[] }
  >();
  for (const pod of pods) {
    const waits =
      isPodReady(pod) && pod.metadata.deletionTimestamp === undefined
        ? availabilityWaits(pod, minReadySeconds, s)
        : podWaits(pod, s);
    if (waits.length === 0) continue;
    const trouble = troubleOf(waits, pod);
    const group = groups.get(trouble);
    if (group === undefined) groups.set(trouble, { names: [pod.metadata.name], waits });
    else group.names.push(pod.metadata.name);
  }
  return [...groups.values()].map(({ names, waits }) => groupWait(names, waits));
}

function availabilityWaits(pod: Pod, minReadySeconds: number, s: Situation): readonly Waiting[] {
  const atMs = podAvailableAtMs(pod, minReadySeconds);
  if (atMs === undefined || atMs <= s.nowMs) return [];
  const says = `it is Ready, and available ${inText(atMs, s)} (minReadySeconds ${minReadySeconds})`;
  return [{ says, on: 'nobody: time must pass' }];
}

/** The same text for the same trouble, whatever the pod and the time. */
function troubleOf(waits: readonly Waiting[], { metadata }: Stored<Pod>): string {
  const text = JSON.stringify(waits.map(({ says, because }) => ({ says, because })));
  return text.replaceAll(metadata.name, '*').replaceAll(metadata.uid, '*').replace(DURATIONS, '#');
}

function groupWait(names: readonly string[], waits: readonly Waiting[]): Waiting {
  const shown = names.slice(0, NAMES_MAX).join(', ');
  const more = names.length > NAMES_MAX ? `, ${names.length - NAMES_MAX} more` : '';
  const who =
    names.length === 1 ? `pod ${shown}` : `${countText(names.length, 'pod')} (${shown}${more})`;
  const [only] = waits;
  if (waits.length > 1 || only === undefined) return { says: who, because: waits };
  // What is told of an actor's state is true of one pod's alone.
  const isTold = names.length > 1 && only.on?.includes('(') === true;
  const on = isTold ? { on: `${only.on} (told of the first)` } : {};
  return { ...only, ...on, says: `${who}: ${only.says}` };
}
