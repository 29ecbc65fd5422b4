/**
 * Addresses for pods: one each out of the node's CIDR, never one in use, and not one given back a
 * moment ago while others are free.
 */

/** Hands out the addresses of one CIDR. */
export class Addresses {
  private readonly first: number;
  private readonly count: number;
  private next = 0;
  private readonly used = new Set<string>();

  /** `cidr` is IPv4, `127.128.1.0/24`; the network's own address and its last are left out. */
  constructor(cidr: string) {
    const [base = '', bits = ''] = cidr.split('/');
    const size = 2 ** (32 - Number(bits));
    this.first = toNumber(base) + 1;
    this.count = size - 2;
    if (!(this.count > 0) || Number.isNaN(this.first)) throw new Error(`no pod CIDR: ${cidr}`);
  }

  /** A free address; undefined where all are in use. */
  take(): string | undefined {
    for (let tries = 0; tries < this.count; tries++) {
      const address = toText(this.first + this.next);
      this.next = (this.next + 1) % this.count;
      if (this.claim(address)) return address;
    }
    return undefined;
  }

  /** Marks an address as used; false where it was. */
  claim(address: string): boolean {
    if (this.used.has(address)) return false;
    this.used.add(address);
    return true;
  }

  release(address: string): void {
    this.used.delete(address);
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
