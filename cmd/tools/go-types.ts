/**
 * Reads type declarations out of published Kubernetes Go sources: names, struct tags and markers.
 * A development tool for write-facts. It never keeps a comment's prose, and is no Go parser: it
 * understands the regular shape that gofmt gives to API type files.
 */

/** A `// +name=value` marker; a marker without a value has the empty string. */
export type Markers = ReadonlyMap<string, readonly string[]>;

/** One member of a Go struct; an embedded one has an empty `name`. */
export interface GoField {
  readonly name: string;
  readonly type: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly markers: Markers;
}

/** One declared Go type: a struct with fields, or another name for `base`. */
export interface GoType {
  readonly name: string;
  readonly markers: Markers;
  readonly base: string;
  readonly fields: readonly GoField[];
}

/** What one Go package declares; `values` are the string constants of each named type. */
export interface GoPackage {
  readonly types: Map<string, GoType>;
  readonly values: Map<string, string[]>;
  readonly imports: Map<string, string>;
}

const markerPattern = /^\s*\/\/ ?\+([A-Za-z0-9:-]+)(?:=(.*))?$/;
const fieldPattern = /^\t([A-Z]\w*)\s+([^\s`]+)\s*(?:`([^`]*)`)?/;
const embeddedPattern = /^\t(\*?[\w.]+)\s*`([^`]*)`/;
const typePattern = /^type ([A-Z]\w*) (=\s*)?(.+?)\s*(\/\/.*)?$/;
const constPattern = /^(?:const)?\s*([A-Z]\w*)\s+(\w+)\s*=\s*"([^"]*)"/;
const importPattern = /^(?:import)?\s+(\w+ )?"([^"]+)"/;

/** Adds the declarations of one Go file to a package. */
export function readGoFile(text: string, into: GoPackage): void {
  let markers = new Map<string, string[]>();
  let open: { name: string; markers: Markers; fields: GoField[] } | undefined;
  for (const line of text.split('\n')) {
    const marker = markerPattern.exec(line);
    if (marker !== null) {
      const values = markers.get(marker[1]!) ?? [];
      markers.set(marker[1]!, [...values, (marker[2] ?? '').trim()]);
      continue;
    }
    if (/^\s*\/\//.test(line)) continue;
    if (open !== undefined) {
      if (line === '}') {
        into.types.set(open.name, { ...open, base: '' });
        open = undefined;
      } else {
        const field = readField(line, markers);
        if (field !== undefined) open.fields.push(field);
      }
      markers = new Map();
      continue;
    }
    const name = readDeclaration(line, markers, into);
    if (name !== undefined) open = { name, markers, fields: [] };
    if (line !== '') markers = new Map();
  }
}

function readDeclaration(line: string, markers: Markers, into: GoPackage): string | undefined {
  const imported = importPattern.exec(line);
  if (imported !== null) {
    const path = imported[2]!;
    const parts = path.split('/');
    into.imports.set((imported[1] ?? parts[parts.length - 1]!).trim(), path);
  }
  const value = constPattern.exec(line);
  if (value !== null) {
    const list = into.values.get(value[2]!) ?? [];
    if (!list.includes(value[3]!)) into.values.set(value[2]!, [...list, value[3]!]);
  }
  const type = typePattern.exec(line);
  if (type === null) return undefined;
  if (type[3] === 'struct {') return type[1]!;
  const base = type[3]!;
  into.types.set(type[1]!, {
    name: type[1]!,
    markers,
    base: base === 'struct{}' ? '' : base,
    fields: [],
  });
  return undefined;
}

function readField(line: string, markers: Markers): GoField | undefined {
  const embedded = embeddedPattern.exec(line);
  if (embedded !== null) {
    return { name: '', type: embedded[1]!, tags: readTags(embedded[2]!), markers };
  }
  const field = fieldPattern.exec(line);
  if (field === null) return undefined;
  return { name: field[1]!, type: field[2]!, tags: readTags(field[3] ?? ''), markers };
}

function readTags(text: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const match of text.matchAll(/(\w+):"([^"]*)"/g)) tags.set(match[1]!, match[2]!);
  return tags;
}
