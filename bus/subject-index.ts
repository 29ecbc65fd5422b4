/**
 * Wildcard patterns as a tree of tokens: who matches a subject is found in steps of its tokens, however many there
 * are.
 *
 * Tells matches in the order in which they were added. Empty branches are never kept.
 */

interface Entry<T> {
  readonly value: T;
  /** Counts additions. */
  readonly order: number;
}

interface Branch<T> {
  readonly tokens: Map<string, Branch<T>>;
  /** Patterns that end here. */
  readonly here: Set<Entry<T>>;
}

/** See the file comment. */
export class SubjectIndex<T> {
  readonly #root: Branch<T> = branch();
  #added = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a value under a pattern with `*` and `>`; returns how to remove it. */
  add(pattern: string, value: T): () => void {
    const tokens = pattern.split('.');
    const path: Branch<T>[] = [this.#root];
    for (const token of tokens) {
      const from = path.at(-1)!;
      const next = from.tokens.get(token) ?? branch();
      from.tokens.set(token, next);
      path.push(next);
    }
    this.#added += 1;
    this.#size += 1;
    const entry = { value, order: this.#added };
    path.at(-1)!.here.add(entry);
    return () => this.#remove(entry, tokens, path);
  }

  #remove(entry: Entry<T>, tokens: readonly string[], path: readonly Branch<T>[]): void {
    if (!path.at(-1)!.here.delete(entry)) return;
    this.#size -= 1;
    for (let i = tokens.length; i > 0; i -= 1) {
      const { tokens: below, here } = path[i]!;
      if (below.size > 0 || here.size > 0) return;
      path[i - 1]!.tokens.delete(tokens[i - 1]!);
    }
  }

  /** The values whose pattern matches a subject. */
  match(subject: string): T[] {
    if (this.#size === 0) return [];
    const found: Entry<T>[] = [];
    collect(this.#root, subject.split('.'), 0, found);
    if (found.length > 1) found.sort((a, b) => a.order - b.order);
    return found.map(({ value }) => value);
  }
}

function branch<T>(): Branch<T> {
  return { tokens: new Map(), here: new Set() };
}

function collect<T>(
  { tokens, here }: Branch<T>,
  have: readonly string[],
  at: number,
  found: Entry<T>[],
): void {
  if (at === have.length) {
    for (const entry of here) found.push(entry);
    return;
  }
  const rest = tokens.get('>');
  if (rest !== undefined) for (const entry of rest.here) found.push(entry);
  const any = tokens.get('*');
  if (any !== undefined) collect(any, have, at + 1, found);
  const token = have[at]!;
  // A subject that is written with a wildcard's character is matched by that wildcard alone.
  const exact = token === '*' || token === '>' ? undefined : tokens.get(token);
  if (exact !== undefined) collect(exact, have, at + 1, found);
}
