/**
 * The thread of the observer: what it reads and joins is much where a cluster is busy, and must not keep the control
 * plane from its work. Speaks with `observer-link.ts`; everything it sends is text that goes on to a browser as it is.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Observer, type ObserverOptions } from './observer.ts';
import type { FromThread, ToThread } from './observer-link.ts';

const observer = new Observer(workerData as ObserverOptions);

const say = (message: FromThread): void => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToThread) => {
  const { id } = message;
  const failed = (error: Error): void => say({ id, failed: error.message });
  switch (message.do) {
    case 'ask':
      observer
        .ask(message.question)
        .then((answer) => say({ id, text: answer === undefined ? '' : JSON.stringify(answer) }))
        .catch(failed);
      return;
    case 'watch': {
      const without = new Set(message.without);
      observer
        .watch(id, { text: message.text, without }, (batch) =>
          say({ id, text: JSON.stringify(batch) }),
        )
        .catch(failed);
      return;
    }
    case 'taken':
      observer.taken(id);
      return;
    case 'unwatch':
      observer.unwatch(id);
  }
});
