/** Which clusters serve a page, and where its link is kept. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually, type RunningCluster, startCluster } from '../e2e/cluster.ts';

let cluster: RunningCluster | undefined;

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

test('a cluster for chaos serves it from its supervisor', async () => {
  cluster = await startCluster(['--chaos', '--nodes', '0', '--hollow-nodes', '2']);
  const { origin, searchParams } = new URL(cluster.page ?? '');
  const headers = { authorization: `Bearer ${searchParams.get('token')}` };
  await eventually(async () => {
    const scene = await fetch(`${origin}/ask/scene`, { headers });
    const { nodes } = (await scene.json()) as { nodes: readonly string[][] };
    return nodes.filter(([, state]) => state === 'ready').length === 2;
  });
});

test('the link is in the state file, which only its user can read', async () => {
  cluster = await startCluster(['--nodes', '0']);
  const file = join(cluster.data, 'state.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ page: cluster.page });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('without a page there is no link', async () => {
  cluster = await startCluster(['--nodes', '0', '--no-page']);
  expect(cluster.page).toBeUndefined();
});
