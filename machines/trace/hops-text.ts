/** The way of a message as text for people: a line for each thing that a server did with it. Pure. */
import { formatMany, printable } from '../chaos/report/format.ts';
import { type Hop, inOrder, type ServerHops } from './hops.ts';
import { formatMs } from './story-text.ts';

/** How the message was sent. */
export interface HopsHead {
  readonly subject: string;
  readonly delivered: boolean;
}

/** The text with its line breaks. */
export function renderHops(tellings: readonly ServerHops[], head: HopsHead): string {
  const { subject, delivered } = head;
  const startMs = Math.min(...tellings.flatMap(({ hops }) => hops.map(({ atMs }) => atMs)));
  const lines = [`${subject}  ${delivered ? '(delivered)' : '(traced only: nobody got it)'}`];
  for (const { server, version, hop, hops } of inOrder(tellings)) {
    const depth = hop === '' ? 0 : hop.split('.').length;
    const pad = '    '.repeat(depth);
    for (const one of hops) {
      const what =
        one.type === 'in'
          ? `${server} (${version})  ${describe(one, delivered)}`
          : `    ${describe(one, delivered)}`;
      lines.push(`${formatMs(one.atMs - startMs)}  ${pad}${what}`);
    }
  }
  return `${lines.map(printable).join('\n')}\n${summary(tellings, delivered)}\n`;
}

function describe(hop: Hop, delivered: boolean): string {
  const failed = hop.error === '' ? '' : `  ! ${hop.error}`;
  return `${plain(hop, delivered)}${failed}`;
}

function plain(hop: Hop, delivered: boolean): string {
  const { type, by, connection, name, subscription, queue, stream, subject, noInterest } = hop;
  const whom = `${by} ${connection}${name === '' ? '' : ` "${name}"`}`;
  switch (type) {
    case 'in':
      return `<- ${whom}`;
    case 'eg': {
      if (by !== 'client') return `-> ${whom}`;
      const group = queue === '' ? '' : ` in queue group ${queue}`;
      return `-> ${whom}, who subscribes to ${subscription}${group}`;
    }
    case 'js': {
      if (noInterest) return `-> stream ${stream}, which does not keep it: nobody is interested`;
      return `-> stream ${stream}, which ${delivered ? 'keeps' : 'would keep'} it as ${subject}`;
    }
    case 'sm':
      return `mapped to ${subject}`;
    case 'se':
      return `exported as ${subject}`;
    case 'si':
      return `imported as ${subject}`;
  }
}

const keeps = ({ type, noInterest, error }: Hop): boolean =>
  type === 'js' && !noInterest && error === '';

function summary(tellings: readonly ServerHops[], delivered: boolean): string {
  const hops = tellings.flatMap((telling) => telling.hops);
  const clients = hops.filter(
    ({ type, by, error }) => type === 'eg' && by === 'client' && error === '',
  );
  const streams = new Set(hops.filter(keeps).map(({ stream }) => stream));
  const servers = formatMany(tellings.length, 'server');
  if (clients.length === 0 && streams.size === 0) {
    return `${servers}; nobody subscribes to it, and no stream keeps it`;
  }
  const got = delivered ? 'went to' : 'would go to';
  const whom = [
    ...(clients.length > 0 ? [formatMany(clients.length, 'client')] : []),
    ...[...streams].map((stream) => `stream ${stream}`),
  ];
  return `${servers}; it ${got} ${whom.join(' and ')}`;
}
