/**
 * How much faults may take away from a cluster at the same time. Pure: counts, and says in words why something is too
 * much; never begins or refuses anything itself.
 */
import { subject, subjectMatches } from '../../bus/subjects.ts';
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';
import { type Hittable, hitsNodes } from './hittable.ts';
import { NODES_HIT_MAX } from './protocol.ts';

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

/** Why a fault would hit too much beside those at work; undefined where it would not. */
export function beyondRadius(
  options: RadiusOptions,
  hit: Hit,
  atWork: readonly Hit[],
  maxNodes: number | undefined,
): { readonly message: string; readonly advice: string } | undefined {
  const { blastRadius, processes } = options;
  const max = Math.min(maxNodes ?? blastRadius ?? NODES_HIT_MAX, blastRadius ?? Infinity);
  const already = new Set(atWork.flatMap((one) => nodesHit(options, one)));
  const names = new Set([...already, ...nodesHit(options, hit)]);
  const count = processes.reduce((sum, one) => sum + (names.has(one.name) ? one.nodes : 0), 0);
  if (count <= max || names.size === already.size) return undefined;
  return {
    message: `${count} nodes would be hit at once (${[...names].sort().join(', ')}), and ${max} may be`,
    advice:
      blastRadius === undefined
        ? 'Allow more with --max-nodes, or with blastRadius.nodes in the scenario.'
        : 'Start the cluster with a larger --blast-radius to allow more.',
  };
}

/** Names of the nodes' processes that a fault takes out. */
function nodesHit(
  { cluster, processes }: RadiusOptions,
  { fault, target, targets }: Hit,
): readonly string[] {
  const nodes = processes.flatMap(({ nodes: count, name }) => (count > 0 ? [name] : []));
  if (hitsNodes(fault, target)) return nodes.filter((name) => targets.includes(name));
  if (fault.fault !== 'drop' || fault.probability <= 0.5) return [];
  // Who loses all messages of a node's heartbeat loses the node.
  const pattern = `${cluster}.${target.subject ?? '>'}`;
  return nodes.filter((name) => subjectMatches(pattern, subject(cluster, 'beat', name)));
}
