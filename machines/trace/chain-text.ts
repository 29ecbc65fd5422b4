/** Chains of causes as text, a line a link, times before the newest one. Pure. */
import { printable } from '../chaos/report/format.ts';
import { renderKey } from './about.ts';
import { type Chain, eventsOf, type Link, statesOf } from './chain.ts';
import type { TraceGraph } from './graph.ts';
import type { RequestTraced, StepTraced, WriteTraced } from './record.ts';

/** The lines of a chain, the newest first; the last one says how it began. */
export function chainLines(graph: TraceGraph, chain: Chain): readonly string[] {
  const endMs = chain.links[0]?.atMs ?? 0;
  const lines = chain.links.flatMap((link) => [
    `${timeBefore(endMs - link.atMs)}  ${linkText(link)}`,
    ...othersLine(graph, link),
  ]);
  return [...lines, ...endLine(chain), ...askedLine(chain, endMs)];
}

/** Other causes of one link that are told. */
const OTHERS_MAX = 5;
const INDENT = ' '.repeat(13);

/** How long before: ` -12.3 ms`. */
export function timeBefore(ms: number): string {
  const shown =
    Math.abs(ms) < 0.05 ? '0 ms' : ms < 10_000 ? `${(-ms).toFixed(1)} ms` : secondsText(ms);
  return shown.padStart(11);
}

const secondsText = (ms: number): string => `${(-ms / 1_000).toFixed(1)} s`;

function linkText(link: Link): string {
  switch (link.type) {
    case 'write':
      return writeText(link.write, link.tookMs);
    case 'request':
      return requestText(link.request);
    default:
      return stepsText(link.steps);
  }
}

function writeText({ key, operation, revision, previous }: WriteTraced, tookMs: number): string {
  const verb = operation === 'delete' ? 'deleted' : previous === 0 ? 'created' : 'updated';
  const took = tookMs <= 0 ? '' : `   [took ${tookMs.toFixed(1)} ms]`;
  return printable(`apiserver ${verb} ${renderKey(key)}, revision ${revision}`) + took;
}

/** A client's request in one line. */
export function requestText({ method, path, user, userAgent, code }: RequestTraced): string {
  return printable(`${method} ${path} by ${user} with ${userAgent || 'no user agent'}: ${code}`);
}

/** The same without what clients add: `POST /api/v1/namespaces by kubernetes-admin with kubectl/v1.36.0`. */
export function shortRequestText({ method, path, user, userAgent }: RequestTraced): string {
  const [place = ''] = path.split('?', 1);
  const [program = ''] = userAgent.split(' ', 1);
  return printable(`${method} ${place} by ${user} with ${program || 'no user agent'}`);
}

function stepsText(steps: readonly StepTraced[]): string {
  const last = steps.at(-1) as StepTraced;
  const effects = last.effects.length === 0 ? '' : `  ! ${last.effects.join(', ')}`;
  const waitMs = steps.reduce((sum, step) => sum + step.waitMs, 0);
  const tookMs = steps.reduce((sum, step) => sum + step.tookMs, 0);
  const waited = waitMs < 0.05 ? '' : `waited ${waitMs.toFixed(1)} ms, `;
  const text = `${last.actor}  ${statesOf(steps)}  <- ${eventsOf(steps)}${effects}`;
  return `${printable(text)}   [${waited}took ${tookMs.toFixed(1)} ms]`;
}

function othersLine(graph: TraceGraph, { others }: Link): readonly string[] {
  const names = new Set(others.map((node) => causeName(graph, node)).filter((name) => name !== ''));
  if (names.size === 0) return [];
  const shown = [...names].slice(0, OTHERS_MAX).join(', ');
  const more = names.size > OTHERS_MAX ? `, and ${names.size - OTHERS_MAX} more` : '';
  return [`${INDENT}also because of ${printable(shown)}${more}`];
}

function causeName(graph: TraceGraph, node: number): string {
  const record = graph.records[node];
  if (record?.type === 'write') return `${renderKey(record.key)} at revision ${record.revision}`;
  if (record?.type === 'step') {
    const told = graph.parents(node).find((parent) => graph.records[parent]?.type === 'write');
    return told === undefined ? `${record.event} of ${record.actor}` : causeName(graph, told);
  }
  if (record?.type === 'request') return `${record.method} ${record.path}`;
  return '';
}

/** For whom, where the chain itself does not lead there. */
function askedLine({ origin, request }: Chain, endMs: number): readonly string[] {
  if (origin === 'request' || request === undefined) return [];
  return [
    'for, by way of other causes:',
    `${timeBefore(endMs - request.atMs)}  ${requestText(request)}`,
  ];
}

function endLine({ origin, from, missing }: Chain): readonly string[] {
  if (origin === 'request') return [];
  if (origin === 'own') return [printable(`${INDENT}${from} did so of its own accord`)];
  const ids = missing.length === 0 ? '' : ` (message ${missing.join(', ')})`;
  return [
    printable(`${INDENT}what led to this, by ${from || 'nobody known'}, is not on record${ids}`),
  ];
}
