/** IPv4 addresses and ranges as numbers. Pure arithmetic. */

/** A range of addresses: its first, and how many there are. */
export interface Cidr {
  readonly first: number;
  readonly size: number;
}

/**
 * The address as an unsigned number, or undefined where it is none (leading zeros are refused, as
 * Go does).
 */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** The number as an address. */
export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

/** True for a well-formed address. */
export function isIpv4(text: string): boolean {
  return parseIpv4(text) !== undefined;
}

/** The range of `127.96.0.0/12`, or undefined where it is malformed. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = ''] = text.split('/');
  const value = parseIpv4(address);
  if (value === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  return { first: Math.floor(value / size) * size, size };
}

/** True where the address lies in the range. */
export function inCidr(ip: string, cidr: string): boolean {
  const range = parseCidr(cidr);
  const value = parseIpv4(ip);
  if (range === undefined || value === undefined) return false;
  return value >= range.first && value < range.first + range.size;
}
