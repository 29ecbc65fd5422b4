/**
 * What it costs to record: the rounds of `deploy`, in turn with everything recorded, as it is by default, and with
 * nothing. In turn, so that whatever else the machine does concerns both alike.
 */
import { openLiveTrace } from '../../actors/trace/live-trace.ts';
import { changePolicy } from '../../actors/trace/policy-command.ts';
import type { BenchCluster } from './clusters.ts';
import { type DeployRound, deployOnce } from './deploy.ts';
import { type Figure, medianFigure, percentile } from './figure.ts';

const ROUNDS = 4;

/** Pods created and deleted a second, and CPU, with and without. */
export async function measureTrace(): Promise<readonly Figure[]> {
  const rounds: { readonly on: DeployRound[]; readonly off: DeployRound[] } = { on: [], off: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    // Whoever comes first has the colder machine: they take turns at that too.
    const order = round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const);
    for (const which of order) {
      const share = which === 'on' ? 1 : 0;
      rounds[which].push(await deployOnce((cluster) => setShare(cluster, share)));
    }
  }
  const seconds = ({ readyS, goneS }: DeployRound): number => readyS + goneS;
  const cpu = ({ planeMsPerPod }: DeployRound): number => planeMsPerPod;
  const more = (of: (round: DeployRound) => number): number =>
    (percentile(rounds.on.map(of), 50) / percentile(rounds.off.map(of), 50) - 1) * 100;
  return [
    { id: 'trace.time', value: more(seconds) },
    { id: 'trace.cpu', value: more(cpu) },
    medianFigure('trace.on.cpu', rounds.on.map(cpu)),
    medianFigure('trace.off.cpu', rounds.off.map(cpu)),
  ];
}

async function setShare({ data }: BenchCluster, share: number): Promise<void> {
  const trace = await openLiveTrace(data);
  try {
    await changePolicy(trace, { share, kinds: [], process: undefined });
  } finally {
    await trace.close();
  }
}
