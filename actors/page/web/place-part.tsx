/** A part of the cluster that is selected: what it is for, or a node's pods. */
import { Facts } from './event-list.tsx';
import { lastName, nodeKey, podKey } from './format.ts';
import { nodes, openActor, openObject, pods, selection, tell } from './state.ts';

/** Pods that are listed of one node. */
const PODS_MAX = 200;

/** See the file comment. */
export function PlacePart({ place }: { place: string }) {
  if (!place.startsWith('node/')) {
    const words = PLACES[place];
    return (
      <>
        <h2 data-testid="selected">{words?.title ?? place}</h2>
        <p>{words?.text}</p>
      </>
    );
  }
  const node = place.slice('node/'.length);
  const own = [...pods.value.values()].filter(([, at]) => at === node);
  return (
    <>
      <h2 data-testid="selected">node {node}</h2>
      <Facts
        facts={[
          ['state', nodes.value.get(node)?.[1] ?? 'gone'],
          ['pods', `${own.length}`],
        ]}
      />
      <p class="actions">
        <button
          type="button"
          class="primary"
          onClick={() => tell({ of: 'about', key: nodeKey(node) })}
        >
          What caused it
        </button>
        <button type="button" onClick={() => openObject(nodeKey(node))}>
          Its revisions
        </button>
        <button type="button" onClick={() => openActor(place)}>
          Its machine
        </button>
      </p>
      <ul class="events">
        {own.slice(0, PODS_MAX).map(([name, , state]) => (
          <li key={name}>
            <button
              type="button"
              onClick={() => {
                selection.value = { of: 'object', key: podKey(name) };
              }}
            >
              <i class={`pod pod-${state}`} /> {lastName(name)} <small>{state}</small>
            </button>
          </li>
        ))}
      </ul>
      {own.length > PODS_MAX && <p class="hint">and {own.length - PODS_MAX} more</p>}
    </>
  );
}

const PLACES: Readonly<{ [place: string]: { readonly title: string; readonly text: string } }> = {
  client: {
    title: 'Clients',
    text: 'Whoever speaks to the cluster from outside: kubectl, helm, a program of yours.',
  },
  apiserver: {
    title: 'API server',
    text:
      'Everything goes through it: it knows who asks, checks what is asked, completes it, and ' +
      'writes it to the store. Nobody else writes there.',
  },
  store: {
    title: 'Store',
    text:
      'Keeps every object. Each write gets the next number, its revision; the slider above goes ' +
      'through them.',
  },
  scheduler: {
    title: 'Scheduler',
    text: 'Looks for pods without a node, chooses one for each, and has it written down.',
  },
  controllers: {
    title: 'Controllers',
    text:
      'Each compares what was asked for with what is there, and asks for what is missing: a ' +
      'Deployment becomes a ReplicaSet, a ReplicaSet becomes pods.',
  },
};
