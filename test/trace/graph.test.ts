/** What caused what, from records made by hand. */
import { describe, expect, test } from 'vitest';
import { TraceGraph } from '../../machines/trace/graph.ts';
import { apply, record, request, step, write } from './records.ts';

const graphOf = (...records: Parameters<typeof record>[0][]) =>
  new TraceGraph(records.map((one, index) => record(one, index)));

describe('a cause is', () => {
  test('the request that a step answers', () => {
    const graph = graphOf(request('r1'), step('api-request/1', 'r1'));
    expect(graph.parents(1)).toEqual([0]);
    expect(graph.children(0)).toEqual([1]);
  });

  test('the step in which the sender had handled what the message names', () => {
    const graph = graphOf(
      step('a/1', 'm1'),
      step('b/1', 'm1'),
      step('c/1', 'm2', { from: 'b/1', causes: ['m1'] }),
    );
    expect(graph.parents(2)).toEqual([1]);
  });

  test('the last step before, where the sender had handled it several times', () => {
    const graph = graphOf(
      step('a/1', 'm1'),
      step('a/1', 'm1'),
      step('c/1', 'm2', { from: 'a/1', causes: ['m1'] }),
      step('a/1', 'm1'),
    );
    expect(graph.parents(2)).toEqual([1]);
  });

  test('the write whose change a step was told of', () => {
    const graph = graphOf(
      step('api-request/1', 'm1'),
      write('core/pods/default/a', 'w1', { from: 'api-request/1', causes: ['m1'] }),
      step('pod/default/a', 'w1', { from: 'api-request/1', causes: ['m1'] }),
    );
    expect(graph.parents(1)).toEqual([0]);
    expect(graph.parents(2)).toEqual([1]);
  });

  test('the step that set a timer', () => {
    const graph = graphOf(
      step('pod/default/a', 'm1'),
      step('pod/default/b', 'm1'),
      step('pod/default/a', 't1', { from: 'clock', causes: ['m1'] }),
    );
    expect(graph.parents(2)).toEqual([0]);
  });

  test('every message that a coalesced one names', () => {
    const graph = graphOf(
      ...['m1', 'm2', 'm3', 'm4', 'm5'].map((id) => step('a/1', id)),
      step('b/1', 'm6', { from: 'a/1', causes: ['m1', 'm2', 'm3', 'm4', 'm5'] }),
    );
    expect(graph.parents(5)).toEqual([0, 1, 2, 3, 4]);
    expect(graph.last(5)).toBe(4);
  });
});

test('what came first in time comes first, in whatever order the records came', () => {
  const late = record(step('b/1', 'm2', { from: 'a/1', causes: ['m1'] }), 2);
  const early = record(step('a/1', 'm1'), 1);
  const graph = new TraceGraph([late, early]);
  expect(graph.records).toEqual([early, late]);
  expect(graph.parents(1)).toEqual([0]);
});

test('what is not on record is named, and makes an orphan', () => {
  const graph = graphOf(step('b/1', 'm2', { from: 'a/1', causes: ['m1'] }), step('c/1', 'm3'));
  expect(graph.missing(0)).toEqual(['m1']);
  expect(graph.isOrphan(0)).toBe(true);
  // The host may begin something of its own accord.
  expect(graph.isOrphan(1)).toBe(false);
});

test('a message without a cause from a machine is an orphan', () => {
  const graph = graphOf(step('b/1', 'm2', { from: 'a/1', causes: [] }));
  expect(graph.isOrphan(0)).toBe(true);
});

test('ancestors and descendants end where there are circles', () => {
  const graph = graphOf(
    step('a/1', 'm1', { from: 'b/1', causes: ['m2'] }),
    step('b/1', 'm2', { from: 'a/1', causes: ['m1'] }),
  );
  expect([...graph.ancestors([0])].sort()).toEqual([0, 1]);
  expect([...graph.descendants([0])].sort()).toEqual([0, 1]);
});

test('the life of a pod hangs together from kubectl to its container', () => {
  const graph = new TraceGraph(apply());
  const started = graph.records.findIndex(
    (one) => one.type === 'step' && one.event === 'container.started',
  );
  const roots = [...graph.ancestors([started])].filter((node) => graph.parents(node).length === 0);
  expect(roots.map((node) => graph.records[node]?.type)).toEqual(['request']);
  expect(graph.records.some((_, node) => graph.isOrphan(node))).toBe(false);
});
