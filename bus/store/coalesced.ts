/**
 * One question for many askers: who comes while it is on its way waits for the next one, since an answer that was
 * given before one asked may be too old. At most two questions at a time: one on its way, one to follow.
 */

/** Wraps a question so that concurrent askers share answers that are never older than their asking. */
export function coalesced<T>(ask: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    next = undefined;
    const asked = ask();
    current = asked;
    const done = () => {
      if (current === asked) current = undefined;
    };
    asked.then(done, done);
    return asked;
  };
  return () => {
    if (current === undefined) return start();
    next ??= current.then(start, start);
    return next;
  };
}
