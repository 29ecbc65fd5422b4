/**
 * A hundred seeds that nobody has run before: other ones each day and each commit. `KABUKI_SEED` gives the first one.
 * Every rule and convergence are judged; the comparison with the twin without faults is left to pinned scenarios, the
 * examples and searches by hand, since it doubles the time.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { kabuki } from './program.ts';

const SEEDS = 100;
/** They take a minute on two cores that have nothing else to do. */
const TIMEOUT_MS = 600_000;
const SEED_MAX = 2 ** 31;

interface Failure {
  readonly seed: number;
  readonly verdict: string;
  readonly reasons: readonly string[];
}

function commit(): string {
  try {
    const settings = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', ['rev-parse', 'HEAD'], settings).trim();
  } catch {
    return ''; // not a clone: the day alone
  }
}

function firstSeed(): number {
  const given = process.env.KABUKI_SEED ?? '';
  if (given !== '') return Number(given);
  const day = new Date().toISOString().slice(0, 10);
  const hash = createHash('sha256').update(`${day} ${commit()}`).digest();
  return hash.readUInt32BE(0) % SEED_MAX;
}

it(`${SEEDS} fresh seeds hold`, { timeout: TIMEOUT_MS + 10_000 }, async () => {
  const first = firstSeed();
  const range = `${first}..${first + SEEDS - 1}`;
  const args = ['sim', '--seeds', range, '--jobs', '2', '--no-shrink', '--no-differential'];
  const { stdout, stderr, code } = await kabuki([...args, '-o', 'json'], { timeoutMs: TIMEOUT_MS });
  expect(stdout, `it did not come to an end:\n${stderr}`).not.toBe('');
  const totals = JSON.parse(stdout) as { readonly runs: number; readonly failures: Failure[] };
  const failures = totals.failures.map(
    ({ seed, verdict, reasons }) =>
      `${verdict}: ${reasons[0]?.split('\n')[0]}\n  replay: kabuki sim --seed ${seed}`,
  );
  expect(failures.join('\n'), `seeds ${range} (KABUKI_SEED=${first} runs them again)`).toBe('');
  expect(totals.runs).toBe(SEEDS);
  expect(code).toBe(0);
});
