/** `kabuki trace actors`, `slowest` and `dead-letters`: what records tell as tables. Each gives data and its text. */
import { type ActorStats, actorStats, renderActorStats } from '../../machines/trace/actor-stats.ts';
import {
  type DeadLetters,
  deadLetters,
  renderDeadLetters,
} from '../../machines/trace/dead-letters.ts';
import { noKind } from '../../machines/trace/filter-check.ts';
import { renderSlowest, type Slowest, slowest } from '../../machines/trace/slowest.ts';
import { clusterStatus } from '../cluster/cluster-status.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { readRecent } from './recent.ts';
import type { SourceOptions } from './source.ts';

/** A report as data and as people read it. */
export interface Report<T> {
  readonly data: T;
  readonly text: string;
  readonly warnings: readonly string[];
}

/** How busy actors are, by process and kind. Throws CommandError. */
export async function reportActors(
  source: SourceOptions,
  withinMs: number,
  kind: string | undefined,
): Promise<Report<readonly ActorStats[]>> {
  const processes =
    source.file === undefined ? (await clusterStatus(source.dataDir)).processes : [];
  const { records, warnings } = await readRecent(source, withinMs);
  const all = actorStats(records, processes);
  const kinds = [...new Set(all.map((row) => row.kind))].sort();
  if (kind !== undefined && !kinds.includes(kind)) {
    throw new CommandError(noKind(kind, kinds), EXIT.usage);
  }
  const data = kind === undefined ? all : all.filter((row) => row.kind === kind);
  return { data, text: renderActorStats(data), warnings };
}

/** What waited, worked and took longest. Throws CommandError. */
export async function reportSlowest(
  source: SourceOptions,
  withinMs: number,
  limit: number,
): Promise<Report<Slowest>> {
  const { records, warnings } = await readRecent(source, withinMs);
  const data = slowest(records, limit);
  return { data, text: renderSlowest(data), warnings };
}

/** What was never delivered. Throws CommandError. */
export async function reportDeadLetters(
  source: SourceOptions,
): Promise<Report<readonly DeadLetters[]>> {
  const { records, warnings } = await readRecent(source, Number.POSITIVE_INFINITY);
  const data = deadLetters(records);
  return { data, text: renderDeadLetters(data), warnings };
}
