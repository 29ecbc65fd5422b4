/**
 * What `kabuki chaos run` does: reads a scenario, runs it on the live cluster of a data directory, prints and writes
 * what came of it. Knows nothing of flags or terminals.
 */
import { createWriteStream, writeFileSync } from 'node:fs';
import { createIds, systemRandom } from '../../bus/ids.ts';
import { renderHtml } from '../../machines/chaos/report/report-html.ts';
import { renderJson } from '../../machines/chaos/report/report-json.ts';
import { renderText, renderTimeline } from '../../machines/chaos/report/report-text.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { createClock } from '../clock.ts';
import { CommandError, EXIT_OF_VERDICT } from '../cluster/command-error.ts';
import { layoutOf } from '../cluster/layout.ts';
import { connectAs, ownNatsAccess } from '../cluster/nats-access.ts';
import { askStatus } from '../cluster/status.ts';
import { openObjects } from '../cluster/stores.ts';
import { CHAOS_RUNNER } from '../cluster/users.ts';
import { loadPki } from '../pki/pki.ts';
import { readScenario } from '../sim/command.ts';
import { createAdminClient } from './admin-client.ts';
import { type ChaosClient, connectChaos } from './client.ts';
import { runLive } from './live-runner.ts';
import type { HitLimits } from './protocol.ts';

/** What is asked for. */
export interface RunCommand {
  readonly file: string;
  readonly dataDir: string;
  readonly seed: number | undefined;
  /** How much may be hit at once, where the scenario does not say. */
  readonly limits: HitLimits;
  readonly keep: boolean;
  readonly output: 'text' | 'json';
  readonly color: boolean;
  readonly timeline: boolean;
  /** Where every observation is written, a line each. */
  readonly record: string | undefined;
  /** Where the HTML report is written. */
  readonly report: string | undefined;
  readonly version: string;
  readonly ended: AbortSignal;
  /** Results, on standard output. */
  readonly print: (text: string) => void;
  /** Progress, on standard error. */
  readonly note: (line: string) => void;
}

/** The seed where none is given. */
const SEED = 1;
const STATUS_MS = 2_000;
const STOPPED = new CommandError('the run was ended by `kabuki chaos stop`; everything is undone');

/** Runs the command; gives the exit code. Throws CommandError for what the user can mend. */
export async function chaosRun(command: RunCommand): Promise<number> {
  const scenario = readScenario(command.file);
  const chaos = await connectChaos(command.dataDir);
  try {
    const who = `${scenario.name} (kabuki chaos run, process ${process.pid})`;
    await chaos.ask({ do: 'claim', who });
    const result = await runOn(chaos, scenario, command);
    report(result, command);
    // Released before the line is closed, so that who comes right afterwards has its turn.
    await chaos.ask({ do: 'release' });
    return EXIT_OF_VERDICT[result.verdict];
  } finally {
    chaos.close();
  }
}

async function runOn(
  chaos: ChaosClient,
  scenario: Scenario,
  command: RunCommand,
): Promise<RunResult> {
  const { cluster: state, ask, listen } = chaos;
  const { cluster, server } = state;
  const layout = layoutOf(command.dataDir);
  const stopped = new AbortController();
  chaos.onStopped(() => stopped.abort(STOPPED));
  const clock = createClock();
  const ids = createIds(systemRandom());
  const envelope = () => ({
    ...{ id: ids.messageId(), from: CHAOS_RUNNER, causes: [] },
    traceparent: ids.traceparent(),
  });
  const pki = loadPki({ directory: layout.pki, nowMs: clock.nowMs() });
  const admin = { pki, clock, envelope, userAgent: CHAOS_RUNNER, server: () => server };
  const bus = await connectAs(await ownNatsAccess(layout.data, CHAOS_RUNNER), CHAOS_RUNNER);
  const store = await openObjects(bus, cluster, undefined);
  const record = command.record === undefined ? undefined : createWriteStream(command.record);
  try {
    return await runLive(scenario, {
      ...{ cluster, bus, listen, store, clock, envelope, ask, client: createAdminClient(admin) },
      ...{ seed: command.seed ?? scenario.seed ?? SEED, version: command.version },
      ...{ limits: command.limits, keep: command.keep },
      ended: AbortSignal.any([command.ended, stopped.signal]),
      async stepsTaken() {
        const asked = { bus, clock, cluster, envelope: envelope(), timeoutMs: STATUS_MS };
        const expected = state.processes.filter(({ role }) => role !== 'nats-server');
        const names = expected.map(({ name }) => name);
        const answers = await askStatus({ ...asked, expected: names });
        return answers.reduce((sum, { counters }) => sum + (counters.steps ?? 0), 0);
      },
      onProgress: command.note,
      onObservation: (seen) => record?.write(`${JSON.stringify(seen)}\n`),
    });
  } finally {
    if (record !== undefined) await new Promise<void>((done) => record.end(() => done()));
    await store.close();
    await bus.close();
  }
}

function report(result: RunResult, command: RunCommand): void {
  const settings = { file: command.file, color: command.color };
  if (command.output === 'json') command.print(renderJson(result, settings));
  else {
    if (command.timeline) command.print(renderTimeline(result, settings));
    command.print(renderText(result, settings));
  }
  if (command.report !== undefined) writeFileSync(command.report, renderHtml(result, settings));
}
