/**
 * What a NATS server says to a client, without the addresses of its cluster's other servers: a client that learned
 * them would go round the proxy that stands between.
 *
 * Changes INFO lines alone, wherever chunks begin and end; every other byte passes as it is and at once.
 */

const NEWLINE = 10;
/** `I`: of the words a server says, INFO alone begins with it. */
const INFO_FIRST = 73;
const MESSAGE = /^H?MSG .* (\d+)\r?$/s;
/** Bytes of a control line that are looked at; a server's INFO and longest subject are far below. */
const LINE_BYTES_MAX = 1024 * 1024;

/** Rewrites the bytes from one server; one for each connection. */
export class InfoFilter {
  #line: Buffer = Buffer.alloc(0);
  /** Bytes of a message's body that are still to come, its line end included. */
  #body = 0;
  #passing = false;

  /** Lets everything pass from now on, as for what is encrypted. */
  pass(): void {
    this.#passing = true;
  }

  /** The bytes to hand on for those that came. The start of an INFO line waits for its end. */
  filter(bytes: Buffer): Buffer {
    if (this.#passing) return bytes;
    const out: Buffer[] = [];
    // Bytes from here on are not handed on yet.
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#body > 0) {
        const taken = Math.min(this.#body, bytes.length - at);
        this.#body -= taken;
        at += taken;
        continue;
      }
      const begun = at;
      const newline = bytes.indexOf(NEWLINE, at);
      at = newline < 0 ? bytes.length : newline + 1;
      const piece = bytes.subarray(begun, at);
      const line = this.#line.length === 0 ? piece : Buffer.concat([this.#line, piece]);
      const isInfo = line[0] === INFO_FIRST;
      if (isInfo) {
        out.push(bytes.subarray(from, begun));
        from = at;
      }
      if (newline < 0) {
        this.#line = line;
        if (line.length > LINE_BYTES_MAX) {
          if (isInfo) out.push(line);
          this.pass();
        }
        continue;
      }
      this.#line = Buffer.alloc(0);
      if (isInfo) out.push(withoutServers(line));
      else this.#body = bodyBytes(line);
    }
    out.push(bytes.subarray(from));
    return out.length === 1 ? out[0]! : Buffer.concat(out);
  }
}

function bodyBytes(line: Buffer): number {
  const size = MESSAGE.exec(line.toString('latin1').trimEnd())?.[1];
  return size === undefined ? 0 : Number(size) + 2;
}

function withoutServers(line: Buffer): Buffer {
  const text = line.toString('utf8');
  try {
    const info = JSON.parse(text.slice(text.indexOf(' '))) as { [key: string]: unknown };
    const { connect_urls: _, ws_connect_urls: __, ...rest } = info;
    return Buffer.from(`INFO ${JSON.stringify(rest)}\r\n`);
  } catch {
    // Not a NATS server's INFO: none of our business.
    return line;
  }
}
