/**
 * What `kabuki trace hops` does: sends one message whose way nats-servers tell, and gathers what they say (ADR-41).
 *
 * It sends as the apiserver, whose key is a file that the cluster's owner alone can read: servers tell of a message to
 * whom its sender may publish, and only of subjects it may publish to. No user gets a permission for this, since one to
 * publish where the store is would be one to write it. Nobody gets the message, unless that is asked for, and it is asked
 * for only where the message does nothing.
 */
import { encode } from '../../bus/codec.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import { envelopeLines, headerLine } from '../../bus/nats-headers.ts';
import { escapeToken, storeSubject, subject } from '../../bus/subjects.ts';
import { TraceGraph } from '../../machines/trace/graph.ts';
import { inOrder, missingServers, readHops, type ServerHops } from '../../machines/trace/hops.ts';
import { type HopsHead, renderHops } from '../../machines/trace/hops-text.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { runningCluster } from '../cluster/down.ts';
import { layoutOf } from '../cluster/layout.ts';
import { connectAs, ownNatsAccess } from '../cluster/nats-access.ts';
import { APISERVER, bucketOf } from '../cluster/users.ts';
import { readSource } from './source.ts';
import { keyOfWords } from './story-command.ts';

/** How long servers are waited for, milliseconds. */
const WAIT_MS = 2_000;

export interface HopsCommand {
  readonly dataDir: string;
  /** A subject, an object (`pod/web`: where a write of it goes), or a message or request on record. */
  readonly what: string;
  readonly namespace: string;
  /** The message is to arrive. */
  readonly deliver: boolean;
}

/** The way of the message. */
export interface Hopped extends HopsHead {
  readonly tellings: readonly ServerHops[];
  readonly warnings: readonly string[];
}

/** Sends the message and gathers. Throws CommandError. */
export async function traceHops(command: HopsCommand): Promise<Hopped> {
  const { dataDir, deliver } = command;
  const layout = layoutOf(dataDir);
  const { cluster } = runningCluster(layout);
  const to = await subjectOf(command, cluster);
  const body = deliver ? harmless(to, cluster) : {};
  if (body === undefined) {
    const advice = `What may be delivered: ${cluster}.status, ${cluster}.debug, ${cluster}.api.USER.get.`;
    throw new CommandError(
      `a message to ${to} may do something: it is only traced`,
      EXIT.usage,
      advice,
    );
  }
  const access = await ownNatsAccess(layout.data, APISERVER).catch(() => {
    throw new CommandError(
      'the servers are not of this cluster: nobody here may ask them',
      EXIT.failed,
      'Use `nats trace` with the credentials of their owner.',
    );
  });
  const bus = await connectAs(access, 'kabuki trace hops');
  try {
    const tellings = await send(bus, to, body, deliver);
    return { subject: to, delivered: deliver, tellings, warnings: warningsOf(tellings) };
  } finally {
    await bus.close();
  }
}

function warningsOf(tellings: readonly ServerHops[]): readonly string[] {
  const missing = missingServers(tellings);
  if (missing === undefined) {
    throw new CommandError('no server tells of the message', EXIT.failed, 'Is the cluster up?');
  }
  return missing.map((server) => `server ${server} has not told what it did with the message`);
}

/** What is meant, as a subject. */
async function subjectOf(command: HopsCommand, cluster: string): Promise<string> {
  const { what, namespace, dataDir } = command;
  const whole = what.startsWith('$') || what.startsWith(`${escapeToken(cluster)}.`);
  // Tokens of ours have no slash: it is an object, or a wrong one.
  if (!whole && what.includes('/')) {
    return storeSubject(bucketOf(cluster), keyOfWords([what], namespace));
  }
  if (!whole && MESSAGE.test(what)) return writtenBy(what, dataDir, cluster);
  const to = whole ? what : `${escapeToken(cluster)}.${what}`;
  if (PUBLISHED.test(to)) return to;
  const advice = `Name a subject without wildcards (status, node.node-1.heard), or an object (pod/web).`;
  throw new CommandError(`nothing can be published to "${what}"`, EXIT.usage, advice);
}

/** Tokens of printable characters, none of them a wildcard. */
const PUBLISHED = /^[^\s\p{C}.*>]+(?:\.[^\s\p{C}.*>]+)*$/u;
/** How messages of ours are called; nobody subscribes to such a word. */
const MESSAGE = /^[a-z0-9]{14}-[0-9a-z]+$/;

/** Where the first write went that a message led to. */
async function writtenBy(id: string, dataDir: string, cluster: string): Promise<string> {
  const { records } = await readSource({ dataDir, file: undefined });
  const graph = new TraceGraph(records);
  const asked = records.find((one) => one.type === 'request' && one.auditId === id);
  const starts = graph.ofMessage(asked?.type === 'request' ? asked.messageId : id);
  if (starts.length === 0) throw new CommandError(`no message ${id} is on record`);
  const led = [...graph.descendants(starts)].sort((one, other) => one - other);
  for (const node of led) {
    const record = graph.records[node];
    if (record?.type === 'write') return storeSubject(bucketOf(cluster), record.key);
  }
  throw new CommandError(
    `message ${id} led to no write, so none of its messages can be told from others`,
  );
}

/** The body of a message that does nothing but be answered; undefined where there is none for a subject. */
function harmless(to: string, cluster: string): object | undefined {
  if (to === subject(cluster, 'status')) return {};
  if (to === subject(cluster, 'debug')) return { do: 'tell' };
  const [name, api, , verb, ...more] = to.split('.');
  const asks =
    name === escapeToken(cluster) && api === 'api' && verb === 'get' && more.length === 0;
  return asks ? { version: 'v1', resource: 'namespaces', name: 'default' } : undefined;
}

function send(
  { link }: NatsBus,
  to: string,
  body: object,
  deliver: boolean,
): Promise<readonly ServerHops[]> {
  const inbox = `${link.inbox}.hops`;
  const envelope = {
    ...{ id: link.ids.messageId(), from: 'kabuki trace', causes: [] },
    traceparent: link.ids.traceparent(),
  };
  const lines =
    envelopeLines(envelope) +
    headerLine('Nats-Trace-Dest', inbox) +
    (deliver ? '' : headerLine('Nats-Trace-Only', 'true'));
  const tellings: ServerHops[] = [];
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      stop();
      resolve(tellings);
    };
    const cancel = link.clock.setTimer(WAIT_MS, finish);
    const stop = link.subscribe(inbox, undefined, (message) => {
      const telling = readHops(message.json());
      if (telling !== undefined) tellings.push(telling);
      if (missingServers(tellings)?.length === 0) finish();
    });
    void link.flush().then(() => link.publish(to, lines, encode(body), `${link.inbox}.answer`));
  });
}

/** The way in a format, with its line break. */
export function renderHopped(hopped: Hopped, format: 'text' | 'json'): string {
  if (format === 'text') return renderHops(hopped.tellings, hopped);
  const { subject: to, delivered, tellings } = hopped;
  return `${JSON.stringify({ subject: to, delivered, servers: inOrder(tellings) }, undefined, 2)}\n`;
}
