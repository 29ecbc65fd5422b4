/**
 * Probes and hooks of containers.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type { Lifecycle, LifecycleHandler, Probe, ProbeHandler } from '../types.ts';
import {
  type Causes,
  forbidden,
  invalid,
  invalidFor,
  nonnegative,
  required,
  unsupported,
} from './field-errors.ts';
import { checkPort, headerNameErrors } from './names.ts';

const schemes: readonly string[] = ['HTTP', 'HTTPS'];
const kinds = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

type Handler = Loose<ProbeHandler> & Loose<LifecycleHandler>;

/** Probes by the field that holds them. */
export type ProbeKind = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

/** Adds what is wrong with a probe. */
export function checkProbe(
  causes: Causes,
  field: string,
  probe: Loose<Probe>,
  kind: ProbeKind,
): void {
  checkHandler(causes, field, probe as Handler, undefined);
  nonnegative(causes, `${field}.initialDelaySeconds`, probe.initialDelaySeconds);
  nonnegative(causes, `${field}.timeoutSeconds`, probe.timeoutSeconds);
  nonnegative(causes, `${field}.periodSeconds`, probe.periodSeconds);
  nonnegative(causes, `${field}.successThreshold`, probe.successThreshold);
  nonnegative(causes, `${field}.failureThreshold`, probe.failureThreshold);
  const grace = probe.terminationGracePeriodSeconds;
  const path = `${field}.terminationGracePeriodSeconds`;
  if (grace !== undefined && grace <= 0) invalid(causes, path, grace, 'must be greater than 0');
  if (kind === 'readinessProbe') {
    if (grace !== undefined) {
      invalid(causes, path, grace, 'must not be set for readinessProbes');
    }
  } else if (probe.successThreshold !== 1) {
    invalid(causes, `${field}.successThreshold`, probe.successThreshold ?? 0, 'must be 1');
  }
}

/** Adds what is wrong with the hooks of a container. */
export function checkLifecycle(
  causes: Causes,
  field: string,
  { postStart, preStop }: Loose<Lifecycle>,
  graceSeconds: number | undefined,
): void {
  if (postStart !== undefined) {
    checkHandler(causes, `${field}.postStart`, postStart as Handler, graceSeconds);
  }
  if (preStop !== undefined) {
    checkHandler(causes, `${field}.preStop`, preStop as Handler, graceSeconds);
  }
}

function checkHandler(
  causes: Causes,
  field: string,
  handler: Handler,
  graceSeconds: number | undefined,
): void {
  let found = false;
  for (const kind of kinds) {
    if (handler[kind] === undefined) continue;
    if (found) forbidden(causes, `${field}.${kind}`, 'may not specify more than 1 handler type');
    else checkKind(causes, `${field}.${kind}`, handler, kind, graceSeconds);
    found = true;
  }
  if (!found) required(causes, field, 'must specify a handler type');
}

function checkKind(
  causes: Causes,
  field: string,
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  kind: (typeof kinds)[number],
  graceSeconds: number | undefined,
): void {
  switch (kind) {
    case 'exec':
      if ((exec?.command ?? []).length === 0) required(causes, `${field}.command`);
      return;
    case 'httpGet':
      if (!httpGet?.path) required(causes, `${field}.path`);
      checkPort(causes, `${field}.port`, httpGet?.port);
      if (!schemes.includes(httpGet?.scheme ?? '')) {
        unsupported(causes, `${field}.scheme`, httpGet?.scheme ?? '', schemes);
      }
      for (const { name = '' } of httpGet?.httpHeaders ?? []) {
        invalidFor(causes, `${field}.httpHeaders`, name, headerNameErrors(name));
      }
      return;
    case 'tcpSocket':
      checkPort(causes, `${field}.port`, tcpSocket?.port);
      return;
    case 'grpc':
      checkPort(causes, `${field}.port`, grpc?.port);
      return;
    default: {
      const seconds = sleep?.seconds ?? 0;
      if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
      const least = 'must be non-negative and less than terminationGracePeriodSeconds';
      const detail = `${least} (${graceSeconds})`;
      invalid(causes, field, seconds, detail);
    }
  }
}
