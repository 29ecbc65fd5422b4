/** What `kabuki trace diff` does: reads two files and says where they part. Knows nothing of flags or terminals. */
import { basename } from 'node:path';
import { diffTraces } from '../../machines/trace/diff.ts';
import { diffJson } from '../../machines/trace/diff-json.ts';
import { renderDiff } from '../../machines/trace/diff-text.ts';
import { EXIT } from '../cluster/command-error.ts';
import { readTraceFile } from './trace-file.ts';

export interface Compared {
  readonly text: string;
  readonly json: object;
  readonly warnings: readonly string[];
  readonly exitCode: number;
}

/** Compares two files; `actor` as in `diffTraces`. Throws CommandError. */
export function diffFiles(files: readonly [string, string], actor: string | undefined): Compared {
  const [one, other] = [readTraceFile(files[0]), readTraceFile(files[1])];
  const diff = diffTraces(one.records, other.records, actor);
  const names = namesOf(files);
  const sides = [
    { name: names[0], records: one.records },
    { name: names[1], records: other.records },
  ] as const;
  const isSame = diff.partings.length === 0 && diff.shared > 0;
  const isDamaged = one.isDamaged || other.isDamaged;
  return {
    text: renderDiff(diff, sides),
    json: diffJson(diff, names),
    warnings: [one, other].flatMap(({ of, warnings }) => warnings.map((text) => `${of}: ${text}`)),
    exitCode: !isSame ? EXIT.differs : isDamaged ? EXIT.damaged : 0,
  };
}

/** The last parts of the paths, where these tell the files apart. */
function namesOf([one, other]: readonly [string, string]): readonly [string, string] {
  const short = [basename(one), basename(other)] as const;
  return short[0] === short[1] ? [one, other] : short;
}
