/**
 * `$(NAME)` references in commands, arguments, environment values and sub-paths, as Kubernetes
 * expands them: `$$` is a dollar sign, and a reference to an unknown name stays as it is. Pure.
 */

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;

/** Expands the references of a text; earlier tables win. */
export function expand(text: string, ...tables: readonly ReadonlyMap<string, string>[]): string {
  if (!text.includes('$')) return text;
  return text.replace(REFERENCE, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    for (const table of tables) {
      const value = table.get(name);
      if (value !== undefined) return value;
    }
    return whole;
  });
}
