/** Every machine there is, found by reading machines/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type AnyStateMachine, StateMachine } from 'xstate';

const root = join(import.meta.dirname, '../..');

/** A machine, and where it stands. */
export interface Found {
  readonly file: string;
  readonly name: string;
  readonly machine: AnyStateMachine;
}

const files = readdirSync(join(root, 'machines'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => readFileSync(file, 'utf8').includes('.createMachine('))
  .sort();

const found: Found[] = [];
for (const file of files) {
  const exports: { [name: string]: unknown } = await import(file);
  for (const [name, value] of Object.entries(exports)) {
    if (!(value instanceof StateMachine)) continue;
    const machine = value as unknown as AnyStateMachine;
    found.push({ file: relative(root, file), name, machine });
  }
}

/** In the order of their files. */
export const machines: readonly Found[] = found;
