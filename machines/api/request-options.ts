/**
 * The options of a mutating request: dryRun, fieldValidation, fieldManager, and DeleteOptions from
 * URL and body.
 *
 * Parsed once at the front of the request path; what is wrong comes back as causes in Kubernetes'
 * words.
 */
import { decodeFields, undecodable } from './fields.ts';
import { isRecord } from './json.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import { findKind } from './schema.ts';
import {
  badRequest,
  forbiddenField,
  invalid,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from './status.ts';
import type { Cause } from './strategy.ts';
import type { DeleteOptions } from './types.ts';

/** Options of a create, an update or a patch. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
}

/** Options of a delete, merged from URL and body. */
export interface ParsedDeleteOptions {
  readonly dryRun: boolean;
  readonly graceSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly propagation: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly orphanDependents: boolean | undefined;
}

const fieldManagerLengthMax = 128;
const optionKinds = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' };

/** Reads the options of a create, an update or a patch; a reply where they are wrong. */
export function writeOptions(request: ApiRequest): WriteOptions | ApiReply {
  const { query, verb } = request;
  const causes: Cause[] = [];
  const manager = query.fieldManager ?? '';
  if (request.patch?.type === 'apply') {
    if (manager === '') causes.push(required('fieldManager', 'is required for apply patch'));
  } else if (query.force !== undefined && verb === 'patch') {
    causes.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  }
  if (manager.length > fieldManagerLengthMax) {
    causes.push(tooLong('fieldManager', fieldManagerLengthMax));
  }
  dryRunErrors(query.dryRun, causes);
  const validation = query.fieldValidation ?? '';
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(validation)) {
    const valid = ['', 'Ignore', 'Strict', 'Warn'];
    causes.push(notSupported('fieldValidation', validation, valid));
  }
  if (causes.length > 0) {
    const kind = optionKinds[verb as keyof typeof optionKinds] ?? 'PatchOptions';
    return invalid('meta.k8s.io', kind, '', causes);
  }
  return {
    dryRun: query.dryRun !== undefined && query.dryRun !== '',
    fieldValidation: (validation === '' ? 'Warn' : validation) as WriteOptions['fieldValidation'],
  };
}

function dryRunErrors(dryRun: string | undefined, causes: Cause[]): void {
  if (dryRun === undefined || dryRun === '' || dryRun === 'All') return;
  causes.push(notSupported('dryRun', [dryRun], ['All']));
}

const propagations = ['Foreground', 'Background', 'Orphan'];

/**
 * Reads DeleteOptions: the body's where there is one, the URL's otherwise; a reply where they are
 * wrong.
 */
export function deleteOptions(request: ApiRequest): ParsedDeleteOptions | ApiReply {
  const body = deleteBody(request);
  if (body !== undefined && isRefusal(body)) return body;
  const hasBody = body !== undefined && Object.keys(body).length > 0;
  const options = hasBody ? body : fromQuery(request.query);
  if (isRefusal(options)) return options;
  const causes = deleteErrors(options);
  if (causes.length > 0) return invalid('meta.k8s.io', 'DeleteOptions', '', causes);
  return {
    dryRun: (options.dryRun?.length ?? 0) > 0,
    graceSeconds: graceOf(options),
    uid: options.preconditions?.uid ?? undefined,
    resourceVersion: options.preconditions?.resourceVersion ?? undefined,
    propagation: (options.propagationPolicy ?? undefined) as ParsedDeleteOptions['propagation'],
    orphanDependents: options.orphanDependents ?? undefined,
  };
}

function isRefusal(value: object): value is ApiReply {
  return 'code' in value && 'warnings' in value;
}

/** The DeleteOptions of the body, checked against their type. */
function deleteBody({ body, findings }: ApiRequest): DeleteOptions | ApiReply | undefined {
  if (body === undefined || body === null) return undefined;
  if (!isRecord(body))
    return badRequest('the object provided is unrecognized (must be of type DeleteOptions)');
  const { kind, apiVersion } = body;
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions') {
    const text = typeof kind === 'string' ? kind : JSON.stringify(kind);
    const given = `${text} in version ${JSON.stringify(apiVersion ?? '')}`;
    return badRequest(
      `${given} cannot be handled as a DeleteOptions: converting to DeleteOptions: unknown ` +
        'conversion',
    );
  }
  const type = findKind('', 'v1', 'DeleteOptions');
  if (findings !== undefined || type === undefined) return body as DeleteOptions;
  const decoded = decodeFields(type, body);
  if (decoded.error === undefined) return decoded.object as DeleteOptions;
  return badRequest(undecodable('v1', 'DeleteOptions', decoded.error));
}

function graceOf(options: DeleteOptions): number | undefined {
  const grace = options.gracePeriodSeconds;
  if (grace === undefined || grace === null) return undefined;
  return grace < 0 ? 1 : grace;
}

function fromQuery(query: ApiRequest['query']): DeleteOptions | ApiReply {
  const options: DeleteOptions = {};
  const grace = query.gracePeriodSeconds;
  if (grace !== undefined && grace !== '') {
    if (!/^[+-]?\d{1,18}$/.test(grace)) {
      const detail = `parsing ${JSON.stringify(grace)}: invalid syntax`;
      return badRequest(`strconv.ParseInt: ${detail}`);
    }
    options.gracePeriodSeconds = Number(grace);
  }
  const orphan = query.orphanDependents;
  if (orphan !== undefined && orphan !== '') {
    options.orphanDependents = !['false', '0'].includes(orphan.toLowerCase());
  }
  if (query.propagationPolicy) options.propagationPolicy = query.propagationPolicy;
  if (query.dryRun) options.dryRun = [query.dryRun];
  return options;
}

function deleteErrors(options: DeleteOptions): readonly Cause[] {
  const causes: Cause[] = [];
  const { orphanDependents, propagationPolicy, gracePeriodSeconds, dryRun } = options;
  const policy = propagationPolicy ?? undefined;
  if ((orphanDependents ?? undefined) !== undefined && policy !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    causes.push(invalidValue('propagationPolicy', policy, detail));
  }
  if (policy !== undefined && !propagations.includes(policy)) {
    causes.push(notSupported('propagationPolicy', policy, [...propagations, 'nil']));
  }
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null) {
    if (!Number.isInteger(gracePeriodSeconds)) {
      const detail = 'must be an integer';
      causes.push(invalidValue('gracePeriodSeconds', gracePeriodSeconds, detail));
    }
  }
  if (Array.isArray(dryRun)) for (const value of dryRun) dryRunErrors(String(value), causes);
  return causes;
}
