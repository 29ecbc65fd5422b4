/** The language of filters in a few lines, for `--help`. */
import { FIELD_NAMES } from '../../machines/trace/filter-fields.ts';

const half = Math.ceil(FIELD_NAMES.length / 2);

/** Terms, comparisons and fields. */
export const FILTER_HELP = `A filter is a list of terms, all to hold: field=value, != (not), ~ and !~ (regular expression),
< <= > >= (wait, took, code). * stands for anything, quotes hold blanks. Fields, explained in
docs/tracing-control.md:
  ${FIELD_NAMES.slice(0, half).join(' ')}
  ${FIELD_NAMES.slice(half).join(' ')}`;
