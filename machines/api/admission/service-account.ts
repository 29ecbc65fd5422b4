/**
 * ServiceAccount: every pod runs as an account that exists, and mounts its token unless told not
 * to.
 *
 * Follows the plugin of the same name, with projected tokens. Pure; the pod's spec is replaced,
 * parts are shared.
 */
import { isRecord } from '../json.ts';
import type { Draft } from '../registry.ts';
import { forbidden } from '../status.ts';
import { specOf } from '../subresources.ts';
import type { Container, ServiceAccount, Volume, VolumeMount } from '../types.ts';
import type { AnyObject, Stored } from '../view.ts';
import { type AdmissionStep, type AdmitEnv, type Refusal, refuse } from './attributes.ts';

const defaultAccount = 'default';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const suffixLength = 5;
/**
 * An hour and a margin, so that the kubelet's refresh at 80 % never sees a token of exactly an
 * hour.
 */
const tokenSeconds = 3607;
const modeReadable = 0o644;

/** Sets the account, its pull secrets and the token volume. */
export const serviceAccount: AdmissionStep = ({ object, namespace, name, env }) => {
  if (object.metadata?.annotations?.[mirrorAnnotation] !== undefined) return undefined;
  const spec: Record<string, unknown> = { ...specOf(object) };
  const given = spec.serviceAccountName || spec.serviceAccount;
  const accountName = typeof given === 'string' && given !== '' ? given : defaultAccount;
  const account = env.view.get('core/serviceaccounts', namespace, accountName);
  if (account === undefined) return missing(object, name, namespace, accountName);
  spec.serviceAccountName = accountName;
  spec.serviceAccount = accountName;
  if (wantsToken(account, spec)) mountToken(spec, env);
  const pullSecrets = spec.imagePullSecrets;
  if (!Array.isArray(pullSecrets) || pullSecrets.length === 0) {
    if ((account.imagePullSecrets?.length ?? 0) > 0) {
      spec.imagePullSecrets = account.imagePullSecrets;
    }
  }
  (object as Draft).spec = spec;
  return undefined;
};

function missing(object: AnyObject, name: string, namespace: string, account: string): Refusal {
  const shown = name || (object.metadata?.generateName ?? '');
  const detail =
    `error looking up service account ${namespace}/${account}: ` +
    `serviceaccount ${JSON.stringify(account)} not found`;
  return refuse(forbidden({ group: '', resource: 'pods' }, shown, detail), true);
}

function wantsToken(account: Stored<ServiceAccount>, spec: Record<string, unknown>): boolean {
  const own = spec.automountServiceAccountToken;
  if (typeof own === 'boolean') return own;
  return account.automountServiceAccountToken !== false;
}

function mountToken(spec: Record<string, unknown>, env: AdmitEnv): void {
  const volumes = Array.isArray(spec.volumes) ? (spec.volumes as Volume[]) : [];
  const existing = volumes.find(
    (volume) => typeof volume?.name === 'string' && volume.name.startsWith(volumePrefix),
  );
  const name = existing?.name ?? `${volumePrefix}${env.draw.suffix(suffixLength)}`;
  const mount: VolumeMount = { name, readOnly: true, mountPath };
  let needed = false;
  for (const list of ['initContainers', 'containers']) {
    const containers = spec[list];
    if (!Array.isArray(containers)) continue;
    spec[list] = containers.map((container: Container) => {
      if (!isRecord(container)) return container;
      const mounts = Array.isArray(container.volumeMounts) ? container.volumeMounts : [];
      if (mounts.some((one) => one?.mountPath === mountPath)) return container;
      needed = true;
      return { ...container, volumeMounts: [...mounts, mount] };
    });
  }
  if (needed && existing === undefined) spec.volumes = [...volumes, tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [
              {
                path: 'namespace',
                fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
              },
            ],
          },
        },
      ],
      defaultMode: modeReadable,
    },
  };
}
