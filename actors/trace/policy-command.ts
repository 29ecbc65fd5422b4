/** `kabuki trace off`, `on`, `sample` and `policy`: what processes record. */
import { createIds, systemRandom } from '../../bus/ids.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';
import { columns } from '../../machines/columns.ts';
import { noKind } from '../../machines/trace/filter-check.ts';
import {
  ALL_RECORD_ALL,
  changePolicies,
  type PolicyChange,
  policyOf,
  renderPolicy,
  type TracePolicies,
} from '../../machines/trace/policy.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { policySubject } from '../cluster/users.ts';
import { ask, askMachines, silentOf } from './debug-client.ts';
import type { DebugAnswer } from './debug-protocol.ts';
import { readKeptPolicy } from './kept-policy.ts';
import type { LiveTrace } from './live-trace.ts';

/** What processes record, and what those that start later will. */
export interface PolicyReport {
  readonly kept: TracePolicies;
  readonly processes: readonly Pick<DebugAnswer, 'process' | 'policy' | 'isFull'>[];
  /** Processes that run and did not answer. */
  readonly silent: readonly string[];
}

/** How it is now. Throws CommandError. */
export async function policyReport(trace: LiveTrace): Promise<PolicyReport> {
  const answers = await ask(trace, { do: 'tell' });
  const processes = answers.map(({ process, policy, isFull }) => ({ process, policy, isFull }));
  return { kept: await keptNow(trace), processes, silent: silentOf(trace, answers) };
}

/** Changes it for all that run and for all that start later. Throws CommandError. */
export async function changePolicy(trace: LiveTrace, change: PolicyChange): Promise<PolicyReport> {
  await checkChange(trace, change);
  const wanted = changePolicies(await keptNow(trace), change);
  const ids = createIds(systemRandom());
  const { bus, cluster } = trace;
  const from = { id: ids.messageId(), from: 'kabuki trace', causes: [] };
  bus.tell(policySubject(cluster.cluster), wanted, { ...from, traceparent: ids.traceparent() });
  // What is asked after it is answered after it.
  const report = await policyReport(trace);
  const differs = (one: { readonly process: string; readonly policy: object }): boolean =>
    JSON.stringify(one.policy) !== JSON.stringify(policyOf(wanted, one.process));
  const behind = report.processes.filter(differs).map(({ process }) => process);
  if (behind.length > 0) throw new CommandError(`${behind.join(', ')} did not take it over`);
  if (JSON.stringify(report.kept) === JSON.stringify(wanted)) return report;
  throw new CommandError(
    'it holds for the processes that run, but is not kept for those that start later',
  );
}

async function checkChange(trace: LiveTrace, { kinds, process }: PolicyChange): Promise<void> {
  if (process !== undefined) await ask(trace, { do: 'tell' }, process);
  if (kinds.length === 0) return;
  const known = Object.keys(await askMachines(trace)).sort();
  const unknown = kinds.find((kind) => !known.includes(kind));
  if (unknown !== undefined) throw new CommandError(noKind(unknown, known), EXIT.usage);
}

async function keptNow({ bus, cluster }: LiveTrace): Promise<TracePolicies> {
  try {
    return (await readKeptPolicy(bus.link, cluster.cluster)) ?? ALL_RECORD_ALL;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new CommandError(`what is to be recorded cannot be read: ${error.message}`);
  }
}

/** One line a process. */
export function renderPolicyReport({ kept, processes, silent }: PolicyReport): string {
  const full = (isFull: boolean): string => (isFull ? 'in full for now' : '');
  return columns([
    ['PROCESS', 'RECORDS', ''],
    ...processes.map(({ process, policy, isFull }) => [
      ...[process, renderPolicy(policy), full(isFull)],
    ]),
    ...silent.map((process) => [process, 'it does not answer']),
    ['(started later)', renderPolicy(kept.all)],
  ]).join('\n');
}
