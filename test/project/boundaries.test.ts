import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.tsx'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(machines|bus|actors|cmd)\//.test(file));

/** Small pure libraries that machines may use; each has no I/O, no clock and no randomness. */
const PURE = new Set(['xstate', 'yaml']);

/** Libraries of the page in a browser. */
const BROWSER = new Set([
  ...['preact', 'preact/hooks', '@preact/signals', '@dagrejs/dagre', 'd3-selection', 'd3-zoom'],
]);

interface Rule {
  readonly what: string;
  readonly instead: string;
  /** Finds what breaks the rule in the code (comments and strings removed where `code`). */
  readonly broken: (source: Source) => readonly string[];
}

interface Source {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

function read(file: string): Source {
  const text = readFileSync(join(root, file), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
  const imports = [...code.matchAll(/(?<!['\w])(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier = '']) =>
      specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
  );
  return { file, folder: file.split('/')[0] ?? '', text, code, imports };
}

const importsOutside = (source: Source, allowed: (specifier: string) => boolean) =>
  source.imports
    .filter((specifier) => !allowed(specifier))
    .map((specifier) => `import ${specifier}`);

const matches = (source: Source, pattern: RegExp) =>
  [...source.code.replace(/'[^'\n]*'/g, "''").matchAll(pattern)].map(([match]) => match.trim());

const RULES: { readonly [folder: string]: readonly Rule[] } = {
  machines: [
    {
      what: 'machines/ imports xstate, machines/ and small pure libraries only',
      instead: 'emit an effect, and carry it out in actors/',
      broken: (s) => importsOutside(s, (i) => i.startsWith('machines/') || PURE.has(i)),
    },
    {
      what: 'machines/ has no clock, no randomness, no timers, no console and nothing asynchronous',
      instead: 'take the time from event.nowMs and ids from the event; emit timer.set',
      broken: (s) =>
        matches(
          s,
          /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bqueueMicrotask\b|\bconsole\.|\basync\b(?!:)|\bawait\b|\bprocess\.|\bperformance\.|\bcrypto\./g,
        ),
    },
    {
      what: 'machines/ has no live actors',
      instead: 'emit machine.start, machine.tell or machine.stop',
      broken: (s) =>
        ['machines/step.ts', 'machines/chart.ts'].includes(s.file)
          ? []
          : matches(s, /\binvoke:|\bspawn(Child)?\(|\bsendTo\(|\bcreateActor\(|\bafter:\s*\{/g),
    },
  ],
  bus: [
    {
      what: 'bus/ imports the NATS client, msgpackr, pure containers, node: and bus/ only',
      instead: 'pass what it needs as an argument',
      broken: (s) =>
        importsOutside(
          s,
          (i) =>
            i.startsWith('bus/') ||
            i.startsWith('@nats-io/') ||
            i.startsWith('node:') ||
            i === 'msgpackr' ||
            i === 'sorted-btree',
        ),
    },
    {
      what: 'bus/ has no Kubernetes word',
      instead: 'name what it is to the bus: a key, a value, a subject',
      broken: (s) =>
        matches(
          s,
          /\b(kubernetes|kubectl|kubelet|apiserver|pods?|deployments?|replicaset|namespaces?|etcdctl)\b/gi,
        ),
    },
  ],
  actors: [
    {
      what: 'actors/ never imports cmd/ or test/',
      instead: 'move what both need into actors/',
      broken: (s) => s.imports.filter((i) => i.startsWith('cmd/') || i.startsWith('test/')),
    },
  ],
  'actors/page/web': [
    {
      what: 'the page in a browser imports machines/, what it says to its server, its libraries and itself',
      instead: 'ask the server of the page, and say in protocol.ts what it answers',
      broken: (s) =>
        importsOutside(
          s,
          (i) =>
            i.startsWith('machines/') ||
            i.startsWith('actors/page/web/') ||
            i === 'actors/page/protocol.ts' ||
            (i === 'vite' && s.file.endsWith('vite.config.ts')) ||
            BROWSER.has(i),
        ),
    },
  ],
  cmd: [
    {
      what: 'cmd/ imports no machine',
      instead: 'wire it in actors/',
      broken: (s) =>
        s.file.startsWith('cmd/tools/')
          ? []
          : s.imports.filter((i) => i.startsWith('machines/') || i.startsWith('test/')),
    },
  ],
};

for (const [folder, rules] of Object.entries(RULES)) {
  for (const { what, instead, broken } of rules) {
    test(`${what}; instead: ${instead}`, () => {
      const sources = files.filter((file) => file.startsWith(`${folder}/`)).map(read);
      expect(sources.length).toBeGreaterThan(0);
      const found = sources.flatMap((source) =>
        broken(source).map((hit) => `${source.file}: ${hit}`),
      );
      expect(found, `${what}. Instead: ${instead}.`).toEqual([]);
    });
  }
}

test('every file opens with a comment that says what it is', () => {
  const silent = files.filter((file) => {
    const { text } = read(file);
    return !text
      .replace(/^#!.*\n/, '')
      .trimStart()
      .startsWith('/*');
  });
  expect(silent).toEqual([]);
});

test('no `any` outside machines/step.ts', () => {
  const found = files
    .filter((file) => file !== 'machines/step.ts')
    .flatMap((file) =>
      matches(read(file), /:\s*any\b|\bas any\b|<any>/g).map((hit) => `${file}: ${hit}`),
    );
  expect(found).toEqual([]);
});
