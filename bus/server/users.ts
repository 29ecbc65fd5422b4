/**
 * The users of embedded servers: their NKeys, kept in the data directory, and their permissions.
 * A seed is a file that its owner alone can read; nobody without it can act as that user.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createUser, fromSeed } from '@nats-io/nkeys';

/**
 * One user of the bus and the subjects that it may touch (`*` and `>` as NATS has them). Its own
 * inbox, `inboxPrefix(name)` and below, is always added to `subscribe`. An empty list allows nothing.
 */
export interface BusUser {
  readonly name: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /**
   * Whether it may answer on the reply subject of what it receives, within two minutes. A longer
   * exchange needs the other side's inbox in `publish`: the server remembers each open answer.
   */
  readonly answer?: boolean;
}

const answerAgeMax = '2m';

/** The inbox prefix that a user's connection must use, as one subject token. */
export function inboxPrefix(name: string): string {
  return `_INBOX_${escapeToken(name)}`;
}

/** Makes a name fit for one subject token and for a file name. */
function escapeToken(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** The seed of a user, made and stored at its first use. `keysDir` is created for its owner alone. */
export async function userSeed(keysDir: string, name: string): Promise<string> {
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  const path = join(keysDir, `${escapeToken(name)}.nk`);
  const seed = new TextDecoder().decode(createUser().getSeed());
  try {
    await writeFile(path, seed, { mode: 0o600, flag: 'wx' });
    return seed;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readSeed(keysDir, name);
  }
}

/** The stored seed of a user; throws when there is none. */
export async function readSeed(keysDir: string, name: string): Promise<string> {
  return (await readFile(join(keysDir, `${escapeToken(name)}.nk`), 'utf8')).trim();
}

/** The public key that belongs to a seed. */
export function publicKey(seed: string): string {
  return fromSeed(new TextEncoder().encode(seed)).getPublicKey();
}

/** A user as the server's configuration has it. */
export function userConfig(user: BusUser, seed: string): object {
  return {
    nkey: publicKey(seed),
    permissions: {
      publish: subjects(user.publish),
      subscribe: subjects([...user.subscribe, `${inboxPrefix(user.name)}.>`]),
      ...(user.answer === true ? { allow_responses: { max: -1, expires: answerAgeMax } } : {}),
    },
  };
}

/** The server takes an empty list of allowed subjects for "everything", so nothing is said by denying. */
function subjects(allow: readonly string[]): object {
  return allow.length === 0 ? { deny: ['>'] } : { allow };
}
