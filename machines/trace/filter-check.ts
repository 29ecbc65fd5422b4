/** Holds a filter against the machines there are: what asks for none of them is refused, with what there is. Pure. */
import { componentOf } from './components.ts';
import type { Filter, FilterProblem, FilterTerm } from './filter.ts';
import type { FilterField } from './filter-fields.ts';
import { didYouMean } from './nearest.ts';
import type { MachineWords } from './states.ts';

/** Machines by their kind. */
export type Machines = Readonly<{ [kind: string]: MachineWords }>;

const STATE_FIELDS: ReadonlySet<FilterField> = new Set<FilterField>(['state', 'enters', 'leaves']);

/** The first term that no machine can meet. */
export function checkFilter({ terms }: Filter, machines: Machines): FilterProblem | undefined {
  let kinds = Object.keys(machines).sort();
  for (const term of terms.filter(isExact)) {
    const kind = kindOf(term);
    if (kind === undefined) continue;
    const isComponent = term.field === 'actor' && !term.value.includes('/');
    const meant = Object.keys(machines).filter(
      (one) => one === kind || (isComponent && componentOf(one) === kind),
    );
    if (meant.length === 0) return { message: noKind(kind, kinds), at: term.valueAt };
    kinds = meant;
  }
  for (const term of terms.filter(isExact)) {
    const message = wordProblem(term, kinds, machines);
    if (message !== undefined) return { message, at: term.valueAt };
  }
  return undefined;
}

/** What a breakpoint cannot ask for: it holds actors, and those alone that go on after a step. */
export function checkBreakpoint({ terms }: Filter, machines: Machines): FilterProblem | undefined {
  for (const term of terms) {
    const { field, compare, value, at, valueAt } = term;
    if (OF_RECORDS.has(field) || (field === 'type' && !term.holds(() => ['step']))) {
      const what = field === 'type' ? `type${compare}${value}` : field;
      return { message: `${what} is for records; a breakpoint holds actors`, at };
    }
    if (field === 'enters' && compare === '=' && isFinal(value, machines)) {
      const message = `an actor that enters ${value} has ended, and cannot be held`;
      return { message, at: valueAt };
    }
  }
  return undefined;
}

/** Fields that nothing but a request or a write has. */
const OF_RECORDS: ReadonlySet<FilterField> = new Set<FilterField>(['verb', 'user', 'code']);

function isFinal(state: string, machines: Machines): boolean {
  const having = Object.values(machines).filter(({ states }) => states.includes(state));
  return having.length > 0 && having.every(({ finals }) => finals.includes(state));
}

/** `there is no machine pot; did you mean pod? There are: ...`. */
export function noKind(kind: string, kinds: readonly string[]): string {
  return `there is no machine ${kind}${didYouMean(kind, kinds)} (there are: ${kinds.join(', ')})`;
}

const isExact = ({ compare, value }: FilterTerm): boolean =>
  compare === '=' && !value.includes('*');

function kindOf({ field, value }: FilterTerm): string | undefined {
  if (field === 'machine') return value;
  return field === 'actor' ? value.split('/', 1)[0] : undefined;
}

function wordProblem(
  { field, value }: FilterTerm,
  kinds: readonly string[],
  machines: Machines,
): string | undefined {
  const what = STATE_FIELDS.has(field) ? 'states' : field === 'event' ? 'events' : undefined;
  if (what === undefined || value === START) return undefined;
  const words = [...new Set(kinds.flatMap((kind) => machines[kind]?.[what] ?? []))];
  if (words.includes(value) || words.includes('*')) return undefined;
  const [only = ''] = kinds.length === 1 ? kinds : [];
  const has = only === '' ? 'no machine has' : `machine ${only} has no`;
  const whole = only === '' ? `a ${what.slice(0, -1)}` : what.slice(0, -1);
  const there = only === '' ? '' : ` (it has: ${words.join(', ')})`;
  return `${has} ${whole} ${value}${didYouMean(value, words)}${there}`;
}

/** What stands for the event of a first step. */
const START = '(start)';
