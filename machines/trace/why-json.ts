/** Stories of fields and revisions of objects as JSON, for scripts. Pure. */
import { type Author, authorOf, type Chain, chainOf, type Link, statesOf } from './chain.ts';
import { fieldChanges } from './field-changes.ts';
import type { Span } from './history.ts';
import type { RequestTraced, WriteTraced } from './record.ts';
import type { FieldStory } from './why.ts';
import { nodeOf, type Told } from './why-text.ts';

const json = (data: unknown): string => `${JSON.stringify(data, undefined, 2)}\n`;

/** The story of a field, with its chain of causes. */
export function storyJson(key: string, path: string, story: FieldStory, told: Told): string {
  const { write, deleted, value, before, how, since } = story;
  const chain = write === undefined ? undefined : chainOf(told.graph, nodeOf(told.graph, write));
  return json({
    ...{ key, path, value, how, before, since },
    atMs: write?.atMs ?? told.history.timeOf(since),
    deletedAtRevision: deleted?.revision,
    ...(chain === undefined || how === 'older' || how === 'never' ? {} : chainData(chain)),
  });
}

function chainData(chain: Chain) {
  const { origin, from, missing, links, request } = chain;
  return {
    ...{ by: authorData(authorOf(chain)), origin, from, missing },
    request: request === undefined ? undefined : requestData(request),
    because: links.map(linkData),
  };
}

function authorData(author: Author) {
  if (author.type === 'client') return { type: 'client', request: requestData(author.request) };
  return author.type === 'actor' ? { type: 'actor', name: author.name } : author;
}

function linkData(link: Link) {
  const { type, atMs } = link;
  switch (type) {
    case 'write': {
      const { key, revision, operation, messageId } = link.write;
      return { type, atMs, key, revision, operation, messageId, tookMs: link.tookMs };
    }
    case 'request':
      return { type, atMs, ...requestData(link.request) };
    default: {
      const [first, last] = [link.steps[0], link.steps.at(-1)];
      const waitMs = link.steps.reduce((sum, step) => sum + step.waitMs, 0);
      const tookMs = link.steps.reduce((sum, step) => sum + step.tookMs, 0);
      return {
        ...{ type, atMs, actor: first?.actor, process: first?.process, event: first?.event },
        ...{ states: statesOf(link.steps), effects: last?.effects, waitMs, tookMs },
        messageIds: link.steps.map(({ messageId }) => messageId),
      };
    }
  }
}

function requestData(request: RequestTraced) {
  const { method, path, verb, user, userAgent, code, messageId, auditId } = request;
  return { method, path, verb, user, userAgent, code, messageId, auditId };
}

/** Revisions of an object, oldest first; the last ones alone where `count` is given. */
export function historyJson(key: string, told: Told, count = Infinity): string {
  const revisions = told.history
    .spans(key)
    .flatMap((span, index, spans) =>
      span.write === undefined ? [] : [revisionData(span, span.write, spans[index - 1], told)],
    );
  const { revision, atMs } = told.history.knownFrom([key]);
  return json({ key, knownFrom: { revision, atMs }, revisions: revisions.slice(-count) });
}

function revisionData(span: Span, write: WriteTraced, previous: Span | undefined, told: Told) {
  const { revision, atMs, operation, messageId } = write;
  const { graph } = told;
  const chain = chainOf(graph, nodeOf(graph, write));
  const isKnown = previous?.object !== undefined && span.object !== undefined;
  return {
    ...{ revision, atMs, operation, messageId, by: authorData(authorOf(chain)) },
    request: chain.request === undefined ? undefined : requestData(chain.request),
    changes: isKnown ? fieldChanges(previous.object, span.object) : undefined,
  };
}
