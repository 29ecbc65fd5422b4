/** Thrown, in effect, into a machine that a fault crashes: whoever counts bugs leaves it out. */
export class InjectedCrash extends Error {
  override readonly name = 'InjectedCrash';
}
