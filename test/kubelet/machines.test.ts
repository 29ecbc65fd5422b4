/** What holds for the kubelet's machines whatever happens. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { containerMachine } from '../../machines/kubelet/container.ts';
import { nodeMachine } from '../../machines/kubelet/node.ts';
import { podMachine } from '../../machines/kubelet/pod.ts';
import { probeMachine } from '../../machines/kubelet/probe.ts';
import { Drive, exit, podOf } from './drive.ts';

const MACHINES: { readonly [name: string]: AnyStateMachine } = {
  container: containerMachine,
  node: nodeMachine,
  pod: podMachine,
  probe: probeMachine,
};

/** Every state with the events it handles; all others it ignores on purpose. */
function table(machine: AnyStateMachine): string {
  const everywhere = Object.keys(machine.config.on ?? {});
  const rows = Object.entries(machine.states).map(([name, state]) => {
    const own = Object.keys(state.config.on ?? {});
    const handled = [...new Set([...own, ...everywhere])].sort();
    const all = [...new Set(machine.events)].sort();
    const ignored = all.filter((event) => !handled.includes(event));
    return `${name}\n  handles: ${handled.join(' ') || '-'}\n  ignores: ${ignored.join(' ') || '-'}`;
  });
  return `${rows.join('\n')}\n`;
}

for (const [name, machine] of Object.entries(MACHINES)) {
  test(`every state of the ${name} machine says which events it handles`, async () => {
    expect(Object.keys(machine.states).length).toBeLessThanOrEqual(12);
    await expect(table(machine)).toMatchFileSnapshot(`golden/table-${name}.txt`);
  });
}

const SPEC = {
  initContainers: [
    { name: 'i', image: 'x' },
    { name: 's', image: 'x', restartPolicy: 'Always' },
  ],
  containers: [
    {
      name: 'a',
      image: 'x',
      lifecycle: { postStart: { exec: {} }, preStop: { exec: {} } },
      readinessProbe: { periodSeconds: 3 },
      livenessProbe: { periodSeconds: 4, failureThreshold: 1 },
    },
    { name: 'b', image: 'x', startupProbe: { periodSeconds: 1 } },
  ],
};

type Move = (drive: Drive) => unknown;
const names = fc.constantFrom('i', 's', 'a', 'b');

/** Things that happen to a pod, in any order, asked for or not. */
const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map(
    (s): Move =>
      (d) =>
        d.run(s),
  ),
  fc.tuple(names, fc.constantFrom(0, 1, 137)).map(
    ([name, code]): Move =>
      (d) =>
        d.tell(exit(name, d.context.containers[name]?.context.run?.id ?? 'none', code, d.nowMs)),
  ),
  names.map(
    (container): Move =>
      (d) =>
        d.tell({ type: 'image.failed', container, reason: 'ErrImagePull', message: 'no' }),
  ),
  names.map(
    (container): Move =>
      (d) =>
        d.tell({
          type: 'container.startFailed',
          container,
          reason: 'RunContainerError',
          message: 'no',
        }),
  ),
  names.map(
    (container): Move =>
      (d) =>
        d.tell({ type: 'hook.done', container, hook: 'postStart', ok: false }),
  ),
  fc.tuple(names, fc.constantFrom('readiness', 'liveness', 'startup')).map(
    ([container, probe]): Move =>
      (d) => {
        const state = d.context.probes[`${container}/${probe}`]?.context;
        const { id = '', run = 0 } = state ?? {};
        d.tell({
          type: 'probe.result',
          container,
          probe,
          id,
          run,
          outcome: 'failure',
          output: 'x',
        });
      },
  ),
  fc.constant<Move>((d) =>
    d.tell({ type: 'pod.prepareFailed', reason: 'FailedMount', message: '' }),
  ),
  fc.constant<Move>((d) => d.tell({ type: 'timer.fired', timer: 'deadline' })),
  fc.constant<Move>((d) => d.tell({ type: 'pod.evicted', message: 'low' })),
  fc.constant<Move>((d) => d.tell({ type: 'timer.fired', timer: 'container/a' })),
  fc.constant<Move>((d) =>
    d.tell({ type: 'change.settled', what: 'status', ok: false, reason: 'Timeout', revision: 0 }),
  ),
  fc.constant<Move>((d) => d.update({ metadata: { labels: { x: 'y' } } })),
);

const policies = fc.constantFrom('Always' as const, 'OnFailure' as const, 'Never' as const);

test('whatever happens to a pod, its machine goes on, and a deletion ends it', () => {
  fc.assert(
    fc.property(policies, fc.array(moves, { maxLength: 30 }), (restartPolicy, happenings) => {
      const drive = new Drive(podOf({ ...SPEC, restartPolicy }));
      for (const happening of happenings) happening(drive);
      drive.delete(30).run(600);
      expect(drive.state.value).toBe('gone');
      expect(drive.writes.at(-1)).toMatchObject({ type: 'delete', graceSeconds: 0 });
      expect(drive.writes.filter((w) => (w as { type: string }).type === 'delete').length).toBe(1);
    }),
    { numRuns: 300 },
  );
});

test('whatever happens to a pod, no run of a container begins before the one before it has ended', () => {
  fc.assert(
    fc.property(policies, fc.array(moves, { maxLength: 40 }), (restartPolicy, happenings) => {
      const asked = new Map<string, number>();
      const drive = new Drive(podOf({ ...SPEC, restartPolicy }));
      for (const happening of happenings) happening(drive);
      for (const effect of drive.effects) {
        if (effect.type !== 'container.run') continue;
        const before = asked.get(effect.container) ?? 0;
        expect(effect.attempt).toBeGreaterThanOrEqual(before);
        asked.set(effect.container, effect.attempt);
      }
      const phase = drive.status.phase ?? '';
      expect(['Pending', 'Running', 'Succeeded', 'Failed']).toContain(phase);
    }),
    { numRuns: 200 },
  );
});

test('a terminal phase is never left', () => {
  fc.assert(
    fc.property(policies, fc.array(moves, { maxLength: 40 }), (restartPolicy, happenings) => {
      const drive = new Drive(podOf({ ...SPEC, restartPolicy }));
      let terminal: string | undefined;
      for (const happening of happenings) {
        happening(drive);
        if (terminal !== undefined) expect(drive.status.phase).toBe(terminal);
        const { phase } = drive.status;
        if (phase === 'Succeeded' || phase === 'Failed') terminal = phase;
      }
    }),
    { numRuns: 200 },
  );
});
