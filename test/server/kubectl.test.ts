/**
 * The search for stock kubectl: real ones where they can be had, the reason where they cannot.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type KubectlVersion, kubectlBinary } from '../tools/kubectl.ts';
import { tempDir } from './temp-dir.ts';

const versions: KubectlVersion[] = ['1.32', '1.36'];

for (const version of versions) {
  test(`kubectl ${version} is found or fetched, else the reason is said`, async (context) => {
    const kubectl = await kubectlBinary(version);
    if (!kubectl.ok) return context.skip(kubectl.reason);
    expect(kubectl.version.startsWith(`${version}.`)).toBe(true);
  }, 120_000);
}

test('a named kubectl of another version is refused', async () => {
  const root = await tempDir();
  const path = join(root, 'kubectl');
  const says = '{"clientVersion":{"gitVersion": "v1.31.2"}}';
  await writeFile(path, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  const env = { KABUKI_KUBECTL_1_32: path };
  expect(await kubectlBinary('1.32', { env, cacheDir: root })).toEqual({
    ok: false,
    reason: `KABUKI_KUBECTL_1_32: ${path} is kubectl 1.31.2, but 1.32 is wanted`,
  });
});

test('where it cannot be had, the reason names the way out', async () => {
  const root = await tempDir();
  expect(await kubectlBinary('1.36', { env: { PATH: root }, cacheDir: root })).toEqual({
    ok: false,
    reason:
      'kubectl 1.36 cannot be had here: apt-get is not there; set KABUKI_KUBECTL_1_36 to its path',
  });
});
