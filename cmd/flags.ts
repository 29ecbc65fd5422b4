/** Flags that several commands share, and the parsers of their values. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataDir } from '../actors/cluster/layout.ts';
import { LOG_LEVELS } from '../actors/cluster/log-levels.ts';

/** A whole number in a range. */
export function count(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`a whole number from ${min} to ${max} is expected`);
    }
    return value;
  };
}

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration such as `500ms`, `40s` or `5m`, in milliseconds. */
export function duration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const scale = UNITS[unit];
  if (scale === undefined)
    throw new InvalidArgumentError('a duration such as 500ms, 40s or 5m is expected');
  return Number(number) * scale;
}

/** What `addCommon` adds. */
export interface CommonFlags {
  readonly cluster: string;
  readonly data?: string;
  readonly logLevel: string;
}

/** `--cluster`, `--data` and `--log-level`. */
export function addCommon(command: Command): Command {
  return command
    .option(
      '--cluster <name>',
      'name of the cluster; the first token of its subjects',
      clusterName,
      'kabuki',
    )
    .option('--data <dir>', 'data directory (default: ~/.local/share/kabuki/<cluster>)')
    .addOption(
      new Option('--log-level <level>', 'least level of what is logged')
        .choices(LOG_LEVELS)
        .default('info'),
    );
}

function clusterName(text: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError(
      'lower case letters, digits and dashes are expected, at most 32',
    );
  }
  return text;
}

/** The data directory that the flags mean. */
export function dataDirOf(flags: CommonFlags): string {
  return flags.data ?? defaultDataDir(process.env, flags.cluster);
}

const SIZES: { readonly [unit: string]: number } = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A size such as `64Mi`, in bytes. */
export function size(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi)$/.exec(text) ?? [];
  const scale = SIZES[unit];
  if (scale === undefined) throw new InvalidArgumentError('a size such as 64Mi or 1Gi is expected');
  return Math.round(Number(number) * scale);
}

/** What `addTraceLimits` adds. */
export interface TraceLimitFlags {
  readonly traceSize: number;
  readonly traceAge: number;
}

/** `--trace-size` and `--trace-age`. */
export function addTraceLimits(command: Command): Command {
  return command
    .option('--trace-size <size>', 'how much of what is recorded is kept', size, 64 * 2 ** 20)
    .option('--trace-age <duration>', 'for how long it is kept', duration, 3_600_000);
}

/** The limits of a trail that the flags mean. */
export function traceLimitsOf({ traceSize, traceAge }: TraceLimitFlags) {
  return { bytesMax: traceSize, ageMsMax: traceAge };
}

/** `--output`. */
export function addOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'what is printed')
      .choices(['text', 'json'])
      .default('text'),
  );
}
