/**
 * Collects the texts that `kubectl explain` shows from the type declarations of
 * @kubernetes/client-node, a development dependency, into dist/machines/api/facts/descriptions.json.
 * Part of the build. The result is never committed; without it explain shows no descriptions.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TypeInfo, types } from '../../machines/api/schema.ts';

const output = fileURLToPath(
  new URL('../../machines/api/facts/descriptions.json', import.meta.url),
);

interface Output {
  /** The version of the package that the texts come from. */
  readonly source: string;
  readonly types: Record<string, Record<string, string>>;
}

function packageFolder(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve('@kubernetes/client-node');
    return join(entry.slice(0, entry.lastIndexOf('client-node')), 'client-node');
  } catch {
    return undefined;
  }
}

function upToDate(version: string): boolean {
  if (!existsSync(output)) return false;
  const written = JSON.parse(readFileSync(output, 'utf8')) as Partial<Output>;
  return written.source === version;
}

/** The names that the client's generator may have given to a type, the longer one first. */
function modelNames(type: TypeInfo): readonly string[] {
  const [group, version] = type.section.split('.').map(capital);
  return [`${group}${version}${type.shortName}`, `${version}${type.shortName}`];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function readTexts(models: string, type: TypeInfo): Record<string, string> | undefined {
  const name = modelNames(type).find((one) => existsSync(join(models, `${one}.d.ts`)));
  if (name === undefined) return undefined;
  const declaration = readFileSync(join(models, `${name}.d.ts`), 'utf8');
  const code = readFileSync(join(models, `${name}.js`), 'utf8');
  const jsonNames = new Map<string, string>();
  for (const match of code.matchAll(/"name": "([^"]+)",\s*"baseName": "([^"]+)"/g)) {
    jsonNames.set(match[1]!, match[2]!);
  }
  const texts: Record<string, string> = {};
  for (const match of declaration.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(export|'([^']+)')/g,
  )) {
    const text = plainText(match[1]!);
    const field = match[2] === 'export' ? '' : (jsonNames.get(match[3]!) ?? match[3]!);
    if (text !== '') texts[field] = text;
  }
  return texts;
}

function plainText(comment: string): string {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
  return lines
    .join('\n')
    .trim()
    .replace(/\\(['"/\\])/g, '$1');
}

function main(): void {
  const folder = packageFolder();
  if (folder === undefined) {
    console.log('No descriptions for kubectl explain: @kubernetes/client-node is not installed.');
    return;
  }
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
  const source = (JSON.parse(manifest) as { version: string }).version;
  if (upToDate(source)) return;
  const found: Output = { source, types: {} };
  for (const type of types()) {
    const texts = readTexts(join(folder, 'dist/gen/models'), type);
    if (texts !== undefined) found.types[type.name] = texts;
  }
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, JSON.stringify(found));
}

main();
