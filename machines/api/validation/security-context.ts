/**
 * Security contexts of pods and of their containers.
 *
 * Follows pkg/apis/core/validation/validation.go; options of Windows are left to the nodes. Never
 * throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type {
  AppArmorProfile,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../types.ts';
import {
  type Causes,
  duplicate,
  invalid,
  invalidFor,
  oneOfOptional,
  required,
  tooLong,
  unsupported,
} from './field-errors.ts';
import { checkDescendingPath, idErrors } from './names.ts';

const profileTypes: readonly string[] = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const localhostProfileLengthMax = 4095;
const sysctlLengthMax = 253;
const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlFormat = `^(${sysctlSegment}[\\./])*${sysctlSegment}$`;
const sysctlPattern = new RegExp(sysctlFormat);

function checkId(causes: Causes, field: string, id: number | undefined): void {
  if (id !== undefined) invalidFor(causes, field, id, idErrors(id));
}

/** Adds what is wrong with the security context of a pod. */
export function checkPodSecurityContext(causes: Causes, field: string, spec: Loose<PodSpec>): void {
  const context = spec.securityContext;
  if (context === undefined) return;
  checkId(causes, `${field}.fsGroup`, context.fsGroup);
  checkId(causes, `${field}.runAsUser`, context.runAsUser);
  checkId(causes, `${field}.runAsGroup`, context.runAsGroup);
  context.supplementalGroups?.forEach((id, index) => {
    checkId(causes, `${field}.supplementalGroups[${index}]`, id);
  });
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    invalid(causes, `${field}.shareProcessNamespace`, true, detail);
  }
  if (context.sysctls !== undefined) {
    checkSysctls(causes, `${field}.sysctls`, context.sysctls, spec);
  }
  const { fsGroupChangePolicy, supplementalGroupsPolicy, seLinuxChangePolicy } = context;
  const policies = ['Always', 'OnRootMismatch'];
  oneOfOptional(causes, `${field}.fsGroupChangePolicy`, fsGroupChangePolicy, policies);
  checkSeccomp(causes, `${field}.seccompProfile`, context.seccompProfile);
  checkAppArmor(causes, `${field}.appArmorProfile`, context.appArmorProfile);
  const group = `${field}.supplementalGroupsPolicy`;
  oneOfOptional(causes, group, supplementalGroupsPolicy, ['Merge', 'Strict']);
  const linux = ['MountOption', 'Recursive'];
  oneOfOptional(causes, `${field}.seLinuxChangePolicy`, seLinuxChangePolicy, linux);
}

function checkSysctls(
  causes: Causes,
  field: string,
  sysctls: readonly Loose<Sysctl>[],
  spec: Loose<PodSpec>,
): void {
  const seen = new Set<string>();
  sysctls.forEach(({ name = '' }, index) => {
    const path = `${field}[${index}].name`;
    if (name === '') required(causes, path);
    else if (name.length > sysctlLengthMax || !sysctlPattern.test(name)) {
      const most = `must have at most ${sysctlLengthMax} characters`;
      const detail = `${most} and match regex ${sysctlFormat}`;
      invalid(causes, path, name, detail);
    } else if (seen.has(name)) duplicate(causes, path, name);
    seen.add(name);
    if (spec.hostNetwork === true && /^net[./]/.test(name)) {
      invalid(causes, path, name, "may not be specified when 'hostNetwork' is true");
    } else if (spec.hostIPC === true && /^(kernel[./](sem|shm|msg)|fs[./]mqueue[./])/.test(name)) {
      invalid(causes, path, name, "may not be specified when 'hostIPC' is true");
    }
  });
}

function checkSeccomp(
  causes: Causes,
  field: string,
  profile: Loose<SeccompProfile> | undefined,
): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (!type) required(causes, `${field}.type`, 'type is required when seccompProfile is set');
  else if (!profileTypes.includes(type)) unsupported(causes, `${field}.type`, type, profileTypes);
  const path = `${field}.localhostProfile`;
  if (type !== 'Localhost') {
    if (localhostProfile === undefined) return;
    invalid(causes, path, profile, 'can only be set when seccomp type is Localhost');
  } else if (localhostProfile === undefined) {
    required(causes, path, 'must be set when seccomp type is Localhost');
  } else checkDescendingPath(causes, path, localhostProfile);
}

function checkAppArmor(
  causes: Causes,
  field: string,
  profile: Loose<AppArmorProfile> | undefined,
): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  const path = `${field}.localhostProfile`;
  if (!type) required(causes, `${field}.type`, 'type is required when appArmorProfile is set');
  else if (!profileTypes.includes(type)) unsupported(causes, `${field}.type`, type, profileTypes);
  else if (type !== 'Localhost') {
    if (localhostProfile === undefined) return;
    invalid(causes, path, localhostProfile, 'can only be set when AppArmor type is Localhost');
  } else {
    const trimmed = localhostProfile?.trim();
    if (trimmed !== localhostProfile) {
      invalid(causes, path, localhostProfile, 'must not be padded with whitespace');
    } else if (!trimmed) required(causes, path, 'must be set when AppArmor type is Localhost');
    if ((localhostProfile ?? '').length > localhostProfileLengthMax) {
      tooLong(causes, path, localhostProfileLengthMax);
    }
  }
}

/** Adds what is wrong with the security context of a container. */
export function checkSecurityContext(
  causes: Causes,
  field: string,
  context: Loose<SecurityContext>,
  hostUsers: boolean,
): void {
  checkId(causes, `${field}.runAsUser`, context.runAsUser);
  checkId(causes, `${field}.runAsGroup`, context.runAsGroup);
  const { procMount } = context;
  oneOfOptional(causes, `${field}.procMount`, procMount, ['Default', 'Unmasked']);
  if (hostUsers && procMount === 'Unmasked') {
    const detail = '`hostUsers` must be false to use `Unmasked`';
    invalid(causes, `${field}.procMount`, procMount, detail);
  }
  checkSeccomp(causes, `${field}.seccompProfile`, context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) {
    const head = 'cannot set `allowPrivilegeEscalation` to false and';
    if (context.privileged === true) {
      invalid(causes, field, context, `${head} \`privileged\` to true`);
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      invalid(causes, field, context, `${head} \`capabilities.Add\` CAP_SYS_ADMIN`);
    }
  }
  checkAppArmor(causes, `${field}.appArmorProfile`, context.appArmorProfile);
}
