/** Where a trace file is written. */
import { closeSync, fchmodSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { CommandError, EXIT } from '../cluster/command-error.ts';

/** Writes a file that its user alone may read. Throws CommandError. */
export class TraceWriter {
  readonly #file: string;
  readonly #fd: number;
  /** Written so far. */
  bytes = 0;

  constructor(file: string, force: boolean) {
    this.#file = file;
    try {
      this.#fd = openSync(file, force ? 'w' : 'wx', 0o600);
      // An older file has its own mode.
      if (fstatSync(this.#fd).isFile()) fchmodSync(this.#fd, 0o600);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new CommandError(`cannot write ${file}: ${message}`, EXIT.usage);
      throw new CommandError(`${file} exists`, EXIT.usage, 'Name another one, or add --force.');
    }
  }

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      throw new CommandError(`cannot write ${this.#file}: ${(error as Error).message}`);
    }
    this.bytes += bytes.length;
  }

  close(): void {
    if (fstatSync(this.#fd).isFile()) fsyncSync(this.#fd);
    closeSync(this.#fd);
  }
}
