/**
 * The few ASN.1 DER encodings that an X.509 certificate is made of; writing only.
 *
 * A library would do this too, but costs 100 ms to load at every cold start; this costs nothing.
 * Never parses: reading certificates is node:crypto's work. Knows no certificate field.
 */

/** One value of the given tag around the concatenated contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

/** A SEQUENCE. */
export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return der(0x30, ...contents);
}

/** A SET. */
export function set(...contents: readonly Uint8Array[]): Buffer {
  return der(0x31, ...contents);
}

/** A non-negative INTEGER from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const value = bytes.subarray(start);
  return der(0x02, ...(value[0]! >= 0x80 ? [Uint8Array.of(0)] : []), value);
}

/** The BOOLEAN true. */
export function booleanTrue(): Buffer {
  return der(0x01, Uint8Array.of(0xff));
}

/** An OBJECT IDENTIFIER from its dotted text. */
export function objectIdentifier(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = [first! * 40 + second!];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Uint8Array.from(bytes));
}

/** A UTF8String. */
export function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text, 'utf8'));
}

/** An OCTET STRING. */
export function octetString(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

/** A BIT STRING with this many unused bits at its end. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return der(0x03, Uint8Array.of(unusedBits), bytes);
}

/** A certificate's time: UTCTime before 2050 and GeneralizedTime from then on, as RFC 5280 asks. */
export function time(atMs: number): Buffer {
  const text = new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, '');
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}
