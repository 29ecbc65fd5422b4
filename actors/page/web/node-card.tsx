/** A node and its pods, where there are few enough nodes for a card each. */
import type { NodeRow, PodRow } from '../protocol.ts';
import { byName, lastName, number, podKey, shortened } from './format.ts';
import { moment, processes, selection } from './state.ts';

/** Pods of one card that are drawn, and how many have their names on them. */
const CHIPS_MAX = 48;
const NAMED_MAX = 12;

/** See the file comment. */
export function NodeCard({ row, pods: own }: { row: NodeRow; pods: readonly PodRow[] }) {
  const [name, state] = row;
  const isDead = processes.value.some((one) => one.name === name && !one.isAlive);
  const shown = [...own].sort(byName).slice(0, CHIPS_MAX);
  const words = isDead && moment.value === undefined ? 'process ended' : NODE_WORDS[state];
  return (
    <section
      class={`node node-${state} ${isDead && moment.value === undefined ? 'node-dead' : ''}`}
      data-place={`node/${name}`}
      data-state={state}
    >
      <button
        type="button"
        class="node-head"
        onClick={() => {
          selection.value = { of: 'place', place: `node/${name}` };
        }}
      >
        <b>{name}</b> <span class="state">{words}</span>
      </button>
      <div class="chips">
        {shown.map((pod) => (
          <PodChip key={pod[0]} row={pod} isRoomy={own.length <= NAMED_MAX} />
        ))}
        {own.length > CHIPS_MAX && <span class="more">+{number(own.length - CHIPS_MAX)}</span>}
        {own.length === 0 && <span class="more">no pods</span>}
      </div>
    </section>
  );
}

const NODE_WORDS = { ready: 'ready', notReady: 'not ready', unknown: 'not heard of' } as const;

function PodChip({ row: [name, , state], isRoomy }: { row: PodRow; isRoomy: boolean }) {
  const isSelected = selection.value?.of === 'object' && selection.value.key === podKey(name);
  return (
    <button
      type="button"
      class={`pod pod-${state} ${isRoomy ? 'roomy' : ''}`}
      data-pod={name}
      data-state={state}
      aria-pressed={isSelected}
      aria-label={`pod ${name}: ${state}`}
      title={`${name}: ${state}`}
      onClick={() => {
        selection.value = { of: 'object', key: podKey(name) };
      }}
    >
      {isRoomy ? shortened(lastName(name), 22) : ''}
    </button>
  );
}
