/**
 * Which representation a client accepts: JSON, YAML or protobuf, as it is or transformed into a
 * Table or into PartialObjectMetadata, by the rules of apiserver's negotiation package.
 *
 * Never encodes anything. Pure.
 */

/** How a body looks on the wire. */
export type Encoding = 'json' | 'yaml' | 'protobuf';

/** What an object is turned into before it is encoded; '' for nothing. */
export type Transform = '' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** The representation to answer with. */
export interface Representation {
  readonly encoding: Encoding;
  readonly as: Transform;
  /** apiVersion of the transformed kind: meta.k8s.io/v1 or meta.k8s.io/v1beta1. */
  readonly asVersion: string;
  readonly pretty: boolean;
}

/** Content types by encoding. */
export const contentTypes: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

/** The media types of bodies and answers, in the order in which messages list them. */
export const mediaTypes: readonly string[] = [
  contentTypes.json,
  contentTypes.yaml,
  contentTypes.protobuf,
];

const transforms: ReadonlySet<string> = new Set([
  'Table',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
]);

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** Accept headers longer than this are read up to here. */
const acceptLengthMax = 8_192;

/** What may be answered. */
export interface NegotiationOptions {
  readonly pretty: boolean;
  /** `metadata`: of kinds that have no protobuf form, their metadata alone has one. */
  readonly protobuf: boolean | 'metadata';
  readonly transform: boolean;
}

/** The best representation for an Accept header, or undefined where none is acceptable (406). */
export function negotiate(
  accept: string | undefined,
  options: NegotiationOptions,
): Representation | undefined {
  const plain = { encoding: 'json', as: '', asVersion: '', pretty: options.pretty } as const;
  if (accept === undefined || accept.trim() === '') return plain;
  for (const clause of clauses(accept)) {
    const encoding = encodingOf(clause.type, options.protobuf !== false);
    const transform = transformOf(clause.parameters);
    if (encoding === undefined || transform === undefined) continue;
    if (transform.as !== '' && !options.transform) continue;
    if (encoding === 'protobuf' && transform.as === 'Table') continue;
    if (encoding === 'protobuf' && options.protobuf === 'metadata' && transform.as === '') continue;
    const pretty = options.pretty || clause.parameters.get('pretty') === '1';
    return { encoding, ...transform, pretty };
  }
  return undefined;
}

/** The clauses of an Accept header, best first; equal qualities stay in order. */
function clauses(accept: string): readonly Clause[] {
  return accept
    .slice(0, acceptLengthMax)
    .split(',')
    .map(readClause)
    .filter((clause) => clause.quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function readClause(text: string): Clause {
  const [type, ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals > 0) parameters.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const quality = Number(parameters.get('q') ?? 1);
  return { type: type!.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
}

function encodingOf(type: string, protobuf: boolean): Encoding | undefined {
  if (type === '*/*' || type === 'application/*' || type === contentTypes.json) return 'json';
  if (type === contentTypes.yaml) return 'yaml';
  if (type === contentTypes.protobuf && protobuf) return 'protobuf';
  return undefined;
}

function transformOf(
  parameters: ReadonlyMap<string, string>,
): Pick<Representation, 'as' | 'asVersion'> | undefined {
  const as = parameters.get('as');
  if (as === undefined) return { as: '', asVersion: '' };
  const version = parameters.get('v') ?? '';
  const group = parameters.get('g') ?? '';
  const known = group === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1');
  if (!known || !transforms.has(as)) return undefined;
  return { as: as as Transform, asVersion: `${group}/${version}` };
}

/**
 * True for clients that show answers to people when nothing else was asked: curl, wget, browsers.
 */
export function prettyByDefault(userAgent: string): boolean {
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
