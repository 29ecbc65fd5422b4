/**
 * How much faults may take away from a cluster at the same time. Pure: counts, and says in words why something is too
 * much; never begins or refuses anything itself.
 */
import { subject, subjectMatches } from '../../bus/subjects.ts';
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';
import type { Hittable } from './hittable.ts';
import { type HitLimits, NODES_HIT_MAX } from './protocol.ts';

/** A fault and the names of the processes that it hits. */
export interface Hit {
  readonly fault: FaultAction;
  readonly target: Target;
  readonly targets: readonly string[];
}

export interface RadiusOptions {
  readonly cluster: string;
  readonly processes: readonly Hittable[];
  /** Nodes hit at once at most, whatever anybody wants; undefined: one, and who wants more gets it. */
  readonly blastRadius: number | undefined;
}

/** Why something is not begun, and what would help. */
export interface TooMuch {
  readonly message: string;
  readonly advice: string;
}

/** Why a fault would hit too much beside those at work; undefined where it would not. */
export function beyondRadius(
  options: RadiusOptions,
  hit: Hit,
  atWork: readonly Hit[],
  limits: HitLimits,
): TooMuch | undefined {
  return (
    beyondNodes(options, hit, atWork, limits.nodes) ??
    beyondProcesses(options, hit, atWork, limits.processes)
  );
}

function beyondNodes(
  options: RadiusOptions,
  hit: Hit,
  atWork: readonly Hit[],
  wanted: number | undefined,
): TooMuch | undefined {
  const { blastRadius, processes } = options;
  const max = Math.min(wanted ?? blastRadius ?? NODES_HIT_MAX, blastRadius ?? Infinity);
  const already = new Set(atWork.flatMap((one) => nodesHit(options, one)));
  const names = new Set([...already, ...nodesHit(options, hit)]);
  const count = processes.reduce((sum, one) => sum + (names.has(one.name) ? one.nodes : 0), 0);
  if (count <= max || names.size === already.size) return undefined;
  return {
    message: `${count} nodes would be hit at once (${listed(names)}), and ${max} may be`,
    advice:
      blastRadius === undefined
        ? 'Allow more with --max-nodes, or with blastRadius.nodes in the scenario.'
        : 'Start the cluster with a larger --blast-radius to allow more.',
  };
}

function beyondProcesses(
  options: RadiusOptions,
  hit: Hit,
  atWork: readonly Hit[],
  max: number | undefined,
): TooMuch | undefined {
  if (max === undefined) return undefined;
  const already = new Set(atWork.flatMap((one) => processesHit(options, one)));
  const names = new Set([...already, ...processesHit(options, hit)]);
  if (names.size <= max || names.size === already.size) return undefined;
  return {
    message: `${names.size} processes would be hit at once (${listed(names)}), and ${max} may be`,
    advice: 'Allow more with --max-processes, or with blastRadius.processes in the scenario.',
  };
}

const listed = (names: ReadonlySet<string>): string => [...names].sort().join(', ');

/** Names of all processes that a fault takes out. */
function processesHit(options: RadiusOptions, hit: Hit): readonly string[] {
  return takesAway(hit.fault, hit.target) ? hit.targets : nodesHit(options, hit);
}

/** Names of the nodes' processes that a fault takes out. */
function nodesHit(
  { cluster, processes }: RadiusOptions,
  { fault, target, targets }: Hit,
): readonly string[] {
  const nodes = processes.flatMap(({ nodes: count, name }) => (count > 0 ? [name] : []));
  const hit = nodes.filter((name) => targets.includes(name));
  if (takesAway(fault, target)) return hit;
  if (fault.fault !== 'drop' || fault.probability <= 0.5) return [];
  // A node whose heartbeats are lost, where it sends them, is lost.
  const pattern = `${cluster}.${target.subject ?? '>'}`;
  return hit.filter((name) => subjectMatches(pattern, subject(cluster, 'beat', name)));
}

/** True where the fault takes its targets out of the cluster's sight, or makes them unfit. */
function takesAway(fault: FaultAction, target: Target): boolean {
  switch (fault.fault) {
    case 'crash':
      return target.actor === undefined;
    case 'pause':
    case 'partition':
    case 'store-server':
    case 'lose-heartbeats':
    case 'pressure':
      return true;
    case 'crash-containers':
    case 'runtime-error':
      return fault.probability > 0.5;
    default:
      return false;
  }
}
