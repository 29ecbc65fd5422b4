/**
 * The fetching of packages with apt: source lists of both forms, the order of suites, and one real
 * package where the machine has apt and its mirror answers.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchDebianPackage, parsePackages } from '../../bus/server/apt.ts';
import {
  type AptSource,
  archiveSources,
  type Distribution,
  newerSuites,
  parseDeb822Sources,
  parseDistribution,
  parseOneLineSources,
  renderSources,
} from '../../bus/server/apt-sources.ts';
import { tempDir } from './temp-dir.ts';

const source = (uri: string, suites: string, components: string, signedBy?: string): AptSource => ({
  uris: [uri],
  suites: suites.split(' '),
  components: components.split(' '),
  ...(signedBy === undefined ? {} : { signedBy }),
});

test('one-line sources: options, comments and source packages', () => {
  const text = `# deb http://old/debian potato main
deb http://mirror/debian trixie main contrib # the archive
deb [arch=amd64 signed-by=/k.gpg trusted=yes] http://other/debian stable main
deb-src http://mirror/debian trixie main
deb http://flat/ ./
`;
  expect(parseOneLineSources(text)).toEqual([
    source('http://mirror/debian', 'trixie', 'main contrib'),
    source('http://other/debian', 'stable', 'main', '/k.gpg'),
    { uris: ['http://flat/'], suites: ['./'], components: [] },
  ]);
});

test('deb822 sources: several suites, comments, disabled stanzas, keys of several lines', () => {
  const text = `Types: deb deb-src
# a comment
URIs: http://mirror/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://key/debian
Suites: sid
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off/debian
Suites: sid
Components: main
`;
  const key =
    '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----';
  const parsed = parseDeb822Sources(text);
  expect(parsed).toEqual([
    source(
      'http://mirror/debian',
      'bookworm bookworm-updates',
      'main',
      '/usr/share/keyrings/debian-archive-keyring.gpg',
    ),
    source('http://key/debian', 'sid', 'main', key),
  ]);
  expect(parseDeb822Sources(renderSources(parsed))).toEqual(parsed);
});

test('rendered sources name the wanted suites and never weaken the signature check', () => {
  const text = 'deb [trusted=yes allow-insecure=yes signed-by=/k.gpg] http://mirror/debian x main';
  expect(renderSources(parseOneLineSources(text), ['testing'])).toBe(
    `Types: deb
URIs: http://mirror/debian
Suites: testing
Components: main
Signed-By: /k.gpg
`,
  );
});

const bookworm: Distribution = { family: 'debian', codename: 'bookworm' };
const noble: Distribution = { family: 'ubuntu', codename: 'noble' };

test('only the distribution itself is asked for newer suites', () => {
  const sources = [
    source('http://mirror/debian', 'bookworm bookworm-updates', 'main contrib'),
    source('http://mirror/debian-security', 'bookworm-security', 'main'),
    source('https://vendor/node', 'nodistro', 'main'),
    source('https://vendor/docker', 'bookworm', 'stable'),
  ];
  expect(archiveSources(sources, bookworm)).toEqual([
    source('http://mirror/debian', 'bookworm', 'main'),
  ]);
  expect(archiveSources([source('http://m/ubuntu', 'noble', 'main')], noble)).toEqual([
    source('http://m/ubuntu', 'noble', 'main universe'),
  ]);
});

const ubuntuCsv = `version,codename,series,created,release
23.10,Mantic Minotaur,mantic,2023-04-27,2023-10-12
24.04 LTS,Noble Numbat,noble,2023-10-26,2024-04-25
24.10,Oracular Oriole,oracular,2024-04-25,2024-10-10
25.04,Plucky Puffin,plucky,2024-10-10,2025-04-17
`;

const suites: { distribution: Distribution; configured: string[]; csv: string; later: string[] }[] =
  [
    {
      distribution: bookworm,
      configured: ['bookworm'],
      csv: '',
      later: ['stable', 'testing', 'unstable'],
    },
    { distribution: bookworm, configured: ['stable'], csv: '', later: ['testing', 'unstable'] },
    { distribution: bookworm, configured: ['testing', 'stable'], csv: '', later: ['unstable'] },
    { distribution: bookworm, configured: ['sid'], csv: '', later: [] },
    {
      distribution: noble,
      configured: ['noble'],
      csv: ubuntuCsv,
      later: ['plucky', 'oracular', 'devel'],
    },
    { distribution: noble, configured: ['noble'], csv: '', later: ['devel'] },
  ];

for (const { distribution, configured, csv, later } of suites) {
  test(`${distribution.family} with ${configured} and ${csv.length} bytes of names`, () => {
    expect(newerSuites(distribution, configured, csv)).toEqual(later);
  });
}

const releases: { osRelease: string; is: Distribution | undefined }[] = [
  { osRelease: 'ID=debian\nVERSION_CODENAME=bookworm\n', is: bookworm },
  { osRelease: 'ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n', is: noble },
  {
    osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=x\nUBUNTU_CODENAME=noble\n',
    is: noble,
  },
  { osRelease: 'ID="fedora"\nVERSION_ID=44\n', is: undefined },
  { osRelease: '', is: undefined },
];

for (const { osRelease, is } of releases) {
  test(`distribution: ${osRelease.split('\n')[0]}`, () => {
    expect(parseDistribution(osRelease)).toEqual(is);
  });
}

test('versions of a package are read with and without epoch and revision', () => {
  const shown = `Package: a
Version: 1:2.15.1+ds-1~deb13u1
Size: 5400000

Package: a
Version: 2.9.10-1+b5
Size: 1
`;
  expect(parsePackages(shown)).toEqual([
    { version: '1:2.15.1+ds-1~deb13u1', upstream: '2.15.1', bytes: 5_400_000 },
    { version: '2.9.10-1+b5', upstream: '2.9.10', bytes: 1 },
  ]);
});

test('without apt the reason is said', async () => {
  const staging = await tempDir();
  await expect(fetchDebianPackage({ ...hello, staging, env: { PATH: staging } })).rejects.toThrow(
    'apt-get is not there',
  );
});

const lines: string[] = [];
const hello = {
  name: 'hello',
  accept: () => true,
  wanted: 'of any version',
  env: process.env,
  onProgress: (line: string) => lines.push(line),
};

test('a real package is fetched and unpacked without touching the system', async (context) => {
  const staging = await tempDir();
  const result = await fetchDebianPackage({ ...hello, staging }).catch((error: Error) => error);
  // No apt, another distribution, or a mirror that does not answer: said, not failed.
  if (result instanceof Error) return context.skip(result.message);
  expect(await readdir(join(result.directory, 'usr/bin'))).toEqual(['hello']);
  expect(lines[0]).toMatch(/^apt: reading the package list of /);
  expect(lines[1]).toMatch(/^apt: downloading hello [\d.]+-\S+ \(\d.* kB\) from /);
}, 120_000);
