/**
 * Progress for people, one line at a time, never more than a handful of lines for one download.
 */

/** Receives one finished line, without a line end. */
export type OnProgress = (line: string) => void;

const percentStep = 25;

/** A number of bytes as people write it: `5.8 MB`. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/** Returns a function that takes percentages and reports `what` at each quarter, once. */
export function percentReporter(what: string, onProgress: OnProgress): (percent: number) => void {
  let next = percentStep;
  return (percent) => {
    if (percent < next) return;
    const reached = Math.min(100, Math.floor(percent / percentStep) * percentStep);
    next = reached + percentStep;
    onProgress(`${what}: ${reached} %`);
  };
}
