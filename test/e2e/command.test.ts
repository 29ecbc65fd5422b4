/** The command line by itself: help with examples everywhere, and one clear line for what is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kabukiScript, run } from './cluster.ts';

const kabuki = (...args: string[]) => run(process.execPath, [kabukiScript, ...args]);

test.each(['up', 'down', 'status', 'apiserver', 'scheduler', 'controllers', 'node'])(
  'kabuki %s --help has examples',
  async (command) => {
    const { code, stdout } = await kabuki(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`kabuki ${command}`);
    expect(stdout).toContain('Examples:');
  },
);

const WRONG: readonly (readonly [args: string, code: number, text: RegExp])[] = [
  ['up --nodes many', 2, /a whole number from 0 to 100 is expected/],
  ['up --store-replicas 2', 2, /Allowed choices are 1, 3/],
  ['up --durability never', 2, /Allowed choices are always, interval/],
  ['up --node-monitor-grace soon', 2, /a duration such as 500ms, 40s or 5m is expected/],
  ['up --cluster No/Name', 2, /lower case letters, digits and dashes are expected/],
  ['up --what', 2, /unknown option '--what'/],
  ['dance', 2, /unknown command 'dance'/],
  ['scheduler', 2, /required option '--nats <url>' not specified/],
  ['node --nats nats://127.0.0.1:1 --name x', 5, /NATS is not reachable at nats:\/\/127.0.0.1:1/],
  ['up --ephemeral --port 0 --nats nats://127.0.0.1:1', 5, /NATS is not reachable/],
  ['down --data /nonexistent/kabuki', 7, /no cluster is running in \/nonexistent\/kabuki/],
  ['status --data /nonexistent/kabuki', 7, /no cluster is running in \/nonexistent\/kabuki/],
];

test.each(WRONG)('kabuki %s: code %i', async (args, code, text) => {
  const output = await kabuki(...args.split(' '));
  expect(output.stderr).toMatch(text);
  expect(output.code).toBe(code);
  expect(output.stdout.split('\n').length).toBeLessThan(4);
});

test('a nats-server that is too old is named with its version', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kabuki-old-'));
  const old = join(dir, 'nats-server');
  writeFileSync(old, '#!/bin/sh\necho nats-server: v2.9.10\n', { mode: 0o755 });
  const { stdout, stderr } = await run(
    process.execPath,
    [kabukiScript, 'up', '--ephemeral', '--port', '0', '--data', join(dir, 'data')],
    { env: { KABUKI_NATS_SERVER: old, PATH: dir, XDG_CACHE_HOME: dir }, timeoutMs: 20_000 },
  );
  expect(stdout + stderr).toMatch(/2\.9\.10/);
  expect(stdout + stderr).toMatch(/2\.12/);
  rmSync(dir, { recursive: true, force: true });
});
