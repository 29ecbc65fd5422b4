/**
 * RFC 3339 times as metav1.Time and metav1.MicroTime read and write them, as pure arithmetic on
 * the Gregorian calendar. Never asks what time it is.
 */

/** Seconds since 1970 (negative before) and nanoseconds within the second. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The instant that an RFC 3339 text names, or undefined where the text is not one. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as number[];
  if (month! < 1 || month! > 12 || hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const leap = month === 2 && isLeapYear(year!) ? 1 : 0;
  if (day! < 1 || day! > daysInMonth[month! - 1]! + leap) return undefined;
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60;
  const local = daysFromCivil(year!, month!, day!) * 86_400 + hour! * 3600 + minute! * 60 + second!;
  return {
    seconds: match[8] === '-' ? local + offset : local - offset,
    nanos: Number((match[7] ?? '').padEnd(9, '0')),
  };
}

/** The instant as metav1.Time writes it: UTC, whole seconds. */
export function formatTime(seconds: number): string {
  return `${formatSeconds(seconds)}Z`;
}

/** The instant as metav1.MicroTime writes it: UTC, six decimals. */
export function formatMicroTime(timestamp: Timestamp): string {
  const micros = Math.floor(timestamp.nanos / 1000);
  return `${formatSeconds(timestamp.seconds)}.${String(micros).padStart(6, '0')}Z`;
}

function formatSeconds(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);
  const hour = Math.floor(rest / 3600);
  const clock = `${two(hour)}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${civilFromDays(days)}T${clock}`;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days since 1970-01-01, counting years from March so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

function civilFromDays(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524);
  const yearOfEra = Math.floor((dayOfEra - leaps - Math.floor(dayOfEra / 146_096)) / 365);
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - (365 * yearOfEra + leapDays);
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}
