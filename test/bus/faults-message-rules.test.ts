/** Rules of message faults: what matches, what is drawn, how rules compose. */
import { describe, expect, test } from 'vitest';
import {
  createMessageRules,
  type MessageEffect,
  type MessageHop,
  type MessageRule,
} from '../../bus/faults/message-rules.ts';

const hop: MessageHop = { subject: 'k.api.write', from: 'node-1', to: 'apiserver-1' };
const drop: MessageEffect = { kind: 'drop' };

/** Draws the given numbers in turn; more than those is an error. */
function draws(...numbers: readonly number[]) {
  let at = 0;
  const draw = () => {
    if (at >= numbers.length) throw new Error('drawn too often');
    at += 1;
    return numbers[at - 1]!;
  };
  return { draw, count: () => at };
}

describe('what a rule matches', () => {
  const table: readonly (readonly [Omit<MessageRule, 'effect'>, boolean])[] = [
    [{}, true],
    [{ subject: 'k.api.write' }, true],
    [{ subject: 'k.api' }, false],
    [{ subject: 'k.api.>' }, true],
    [{ subject: 'k.api.write.>' }, false],
    [{ subject: 'k.*.write' }, true],
    [{ subject: 'k.*' }, false],
    [{ subject: '>' }, true],
    [{ from: 'node-1' }, true],
    [{ from: 'node-*' }, true],
    [{ from: 'node' }, false],
    [{ from: 'n*1', to: 'api*-*' }, true],
    [{ from: 'node-*', to: 'scheduler*' }, false],
    [{ from: ['node-2', 'node-1'] }, true],
    [{ from: [] }, false],
    [{ from: '*', to: '*' }, true],
    [{ from: 'node.1' }, false],
  ];
  test.each(table)('%j: %s', (target, hit) => {
    const rules = createMessageRules(draws().draw);
    rules.set('rule', { ...target, effect: drop });
    expect(rules.decide(hop)).toEqual(hit ? [] : undefined);
  });
});

describe('what a rule does', () => {
  const table: readonly (readonly [MessageEffect, readonly number[], readonly number[]])[] = [
    [drop, [], []],
    [{ kind: 'cut' }, [], []],
    [{ kind: 'delay', minMs: 120, maxMs: 120 }, [], [120]],
    [{ kind: 'delay', minMs: 100, maxMs: 199 }, [0.5], [150]],
    [{ kind: 'delay', minMs: 100, maxMs: 199 }, [0.9999], [199]],
    [{ kind: 'duplicate' }, [0.7], [0, 35]],
    [{ kind: 'duplicate', withinMs: 0 }, [], [0, 0]],
    [{ kind: 'reorder', windowMs: 99 }, [0.25], [25]],
  ];
  test.each(table)('%j with the draws %j: %j', (effect, numbers, copies) => {
    const source = draws(...numbers);
    const rules = createMessageRules(source.draw);
    rules.set('rule', { effect });
    expect(rules.decide(hop)).toEqual(copies);
    expect(source.count()).toBe(numbers.length);
  });
});

describe('sets of rules', () => {
  test('without rules nothing is drawn and nothing touched; removed rules are gone', () => {
    const rules = createMessageRules(draws().draw);
    expect([rules.active, rules.decide(hop)]).toEqual([false, undefined]);
    rules.set('one', { effect: drop });
    rules.set('two', { effect: { kind: 'cut' } });
    expect([rules.active, rules.decide(hop)]).toEqual([true, []]);
    rules.remove('one');
    expect(rules.list()).toEqual([{ name: 'two', rule: { effect: { kind: 'cut' } } }]);
    rules.clear();
    expect([rules.active, rules.decide(hop)]).toEqual([false, undefined]);
  });

  test('chance is drawn for matching messages alone, and the same draws decide the same', () => {
    const source = draws(0.19, 0.2);
    const rules = createMessageRules(source.draw);
    rules.set('loss', { subject: 'k.api.>', effect: drop, probability: 0.2 });
    expect(rules.decide({ ...hop, subject: 'k.beat.node-1' })).toBeUndefined();
    expect(source.count()).toBe(0);
    expect(rules.decide(hop)).toEqual([]);
    expect(rules.decide(hop)).toBeUndefined();
  });

  test('rules compose in the order in which they were set; a replaced rule keeps its place', () => {
    const rules = createMessageRules(draws(0.5, 0.5).draw);
    rules.set('late', { effect: { kind: 'delay', minMs: 10, maxMs: 10 } });
    rules.set('twice', { effect: { kind: 'duplicate', withinMs: 10 } });
    rules.set('later', { effect: { kind: 'delay', minMs: 100, maxMs: 100 } });
    expect(rules.decide(hop)).toEqual([110, 115]);
    rules.set('late', { effect: { kind: 'delay', minMs: 20, maxMs: 20 } });
    expect(rules.decide(hop)).toEqual([120, 125]);
    rules.set('cut', { effect: { kind: 'cut' }, to: 'apiserver-*' });
    rules.remove('twice');
    expect(rules.decide(hop)).toEqual([]);
  });

  test('with a clock, delayed messages of a subject keep their order, also after healing', () => {
    let now = 1000;
    const rules = createMessageRules(draws(0.99, 0, 0).draw, { nowMs: () => now });
    rules.set('slow', { effect: { kind: 'delay', minMs: 0, maxMs: 99 }, from: 'node-1' });
    expect(rules.decide(hop)).toEqual([99]);
    now += 10;
    expect(rules.decide(hop)).toEqual([89]);
    expect(rules.decide({ ...hop, subject: 'k.api.read' })).toEqual([0]);
    rules.clear();
    now += 10;
    expect([rules.active, rules.decide(hop)]).toEqual([true, [79]]);
    now += 100;
    expect([rules.decide(hop), rules.active]).toEqual([undefined, false]);
  });

  test('reordered messages do not wait for each other', () => {
    const rules = createMessageRules(draws(0.9, 0.1).draw, { nowMs: () => 0 });
    rules.set('shuffle', { effect: { kind: 'reorder', windowMs: 99 } });
    expect([rules.decide(hop), rules.decide(hop)]).toEqual([[90], [10]]);
  });
});
