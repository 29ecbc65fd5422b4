/** Answers of the server as signals: asked anew whenever the question changes, and now and then while it is live. */
import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { ask } from './server.ts';
import { moment } from './state.ts';

/** A question; undefined asks nothing. */
export type Asked =
  | {
      readonly what: string;
      readonly words: Readonly<{ [name: string]: string | number | undefined }>;
    }
  | undefined;

/** What is known of an answer. */
export interface Answered<T> {
  readonly value: T | undefined;
  readonly isAsking: boolean;
  /** Why there is none; '' where there is one, or none yet. */
  readonly trouble: string;
}

/**
 * The answer to what `question` reads from signals. With `everyMs` it is asked again as long as the page shows the
 * present; the old answer stays until the next one is there.
 */
export function useAnswer<T>(question: () => Asked, everyMs?: number): ReadonlySignal<Answered<T>> {
  const answered = useSignal<Answered<T>>({ value: undefined, isAsking: false, trouble: '' });
  const asked = useComputed(() => JSON.stringify(question() ?? null));
  useSignalEffect(() => {
    const next = JSON.parse(asked.value) as Asked | null;
    const repeats = everyMs !== undefined && moment.value === undefined;
    if (next === null || next === undefined) {
      answered.value = { value: undefined, isAsking: false, trouble: '' };
      return;
    }
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let before = '';
    const turn = async (): Promise<void> => {
      try {
        const value = await ask<T>(next.what, next.words, ended.signal);
        const text = JSON.stringify(value) ?? '';
        const trouble = value === undefined ? 'It is not held (any more).' : '';
        if (text !== before || trouble !== '') answered.value = { value, isAsking: false, trouble };
        before = text;
      } catch (error) {
        if (ended.signal.aborted) return;
        answered.value = { ...answered.peek(), isAsking: false, trouble: (error as Error).message };
      }
      if (repeats && !ended.signal.aborted) timer = setTimeout(() => void turn(), everyMs);
    };
    answered.value = { ...answered.peek(), isAsking: true, trouble: '' };
    void turn();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  });
  return answered;
}
