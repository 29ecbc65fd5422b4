/** What is to be recorded, kept in a real nats-server: who finds it, and who goes on without. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policySubject } from '../../actors/cluster/users.ts';
import { followPolicy, keepPolicy, readKeptPolicy } from '../../actors/trace/kept-policy.ts';
import type { Recorder } from '../../actors/trace/recorder.ts';
import { createNatsBus, type NatsBus } from '../../bus/nats-bus.ts';
import {
  ALL_RECORD_ALL,
  changePolicies,
  RECORD_ALL,
  renderPolicy,
  type TracePolicy,
} from '../../machines/trace/policy.ts';
import { startTestServer, type TestServer, until } from '../store/server.ts';

const CLUSTER = 'kept';
const OFF = changePolicies(ALL_RECORD_ALL, { share: 0, kinds: [], process: undefined });
const ONLY = changePolicies(OFF, { share: 1, kinds: ['pod'], process: 'n1' });
const envelope = { id: 'm', from: 'test', causes: [], traceparent: '' };
let server: TestServer;
let bus: NatsBus;

beforeAll(async () => {
  server = await startTestServer();
  bus = createNatsBus(await server.connect());
});

afterAll(async () => {
  await bus.close();
  await server.stop();
});

/** A process that goes by it: what it records now. */
function follower(name: string): { readonly policy: () => string; readonly close: () => void } {
  let policy: TracePolicy = RECORD_ALL;
  const recorder = {
    setPolicy(given: TracePolicy) {
      policy = given;
    },
  };
  const close = followPolicy(bus, CLUSTER, name, recorder as unknown as Recorder, true);
  return { policy: () => renderPolicy(policy), close };
}

test('where nothing is kept everything is recorded', async () => {
  expect(await readKeptPolicy(bus.link, CLUSTER)).toBeUndefined();
  const early = follower('n1');
  // What it has asked is answered before what is asked now.
  await readKeptPolicy(bus.link, CLUSTER);
  expect(early.policy()).toBe('everything');
  early.close();
});

test('who runs is told, who starts later reads; what is malformed changes nothing', async () => {
  const stop = keepPolicy(bus, CLUSTER, 1);
  const running = follower('n1');
  await until(async () => {
    bus.tell(policySubject(CLUSTER), OFF, envelope);
    return (await readKeptPolicy(bus.link, CLUSTER)) !== undefined;
  }, 'it is kept');
  await until(() => running.policy() === 'nothing', 'who runs goes by it');
  bus.tell(policySubject(CLUSTER), ONLY, envelope);
  const [one, other] = [follower('n1'), follower('n2')];
  await until(() => one.policy() === 'nothing; all of pod', 'who starts later goes by it');
  await until(() => other.policy() === 'nothing', 'and by what is for all');
  bus.tell(policySubject(CLUSTER), { all: { share: 7 } }, envelope);
  const isKept = async () => (await readKeptPolicy(bus.link, CLUSTER)) !== undefined;
  await until(async () => !(await isKept()), 'it is kept, and nobody can read it');
  expect([running, one, other].map(({ policy }) => policy())).toEqual([
    ...['nothing; all of pod', 'nothing; all of pod', 'nothing'],
  ]);
  for (const { close } of [running, one, other]) close();
  stop();
});
