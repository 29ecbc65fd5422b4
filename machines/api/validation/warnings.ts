/**
 * Which kinds warn of what, as parts of strategies: texts of Warning headers for objects that are
 * valid and yet not what somebody meant.
 *
 * Follows the WarningsOnCreate and WarningsOnUpdate of the strategies in pkg/registry.
 */
import type { Loose } from '../defaults/loose.ts';
import { sameJson } from '../json.ts';
import type { StrategyTable } from '../strategy-parts.ts';
import type {
  CronJob,
  Ingress,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  Service,
  StatefulSet,
} from '../types.ts';
import type { AnyObject } from '../view.ts';
import { dnsLabelErrors } from './names.ts';
import { fractionWarnings, podWarnings } from './pod-warnings.ts';

const none: readonly string[] = [];
const usedInNames = 'this is used in Pod names and hostnames';
const usedInHostname = "this is used in the Pod's hostname";

function nameWarnings(object: AnyObject, used: string): readonly string[] {
  const errors = dnsLabelErrors(object.metadata?.name ?? '');
  if (errors.length === 0) return none;
  const head = `metadata.name: ${used}, which can result in surprising behavior`;
  return [`${head}; a DNS label is recommended: [${errors.join(' ')}]`];
}

type WithTemplate = {
  readonly spec?: { readonly template?: Loose<PodTemplateSpec> | undefined } | undefined;
};

/** Warnings of a kind with a pod template; on updates only where the spec changed. */
function ofTemplate(named: boolean) {
  return (object: AnyObject, old: AnyObject | undefined): readonly string[] => {
    const texts = named && old === undefined ? nameWarnings(object, usedInNames) : none;
    if (old !== undefined && sameJson(object.spec, old.spec)) return texts;
    const { template = {} } = (object as WithTemplate).spec ?? {};
    return [...texts, ...podWarnings('spec.template', template)];
  };
}

const ofNamedTemplate = ofTemplate(true);
const ofPlainTemplate = ofTemplate(false);

/** The warnings of every kind, as parts of strategies. */
export const warnings: StrategyTable = {
  'core/pods': {
    warnings(object, old) {
      if (old !== undefined) return none;
      return [...nameWarnings(object, usedInHostname), ...podWarnings('', object as Loose<Pod>)];
    },
  },
  'core/podtemplates': {
    warnings: (object) =>
      podWarnings('template', (object.template ?? {}) as Loose<PodTemplateSpec>),
  },
  'core/replicationcontrollers': { warnings: ofNamedTemplate },
  'apps/deployments': { warnings: ofNamedTemplate },
  'apps/replicasets': { warnings: ofNamedTemplate },
  'apps/daemonsets': { warnings: ofPlainTemplate },
  'apps/statefulsets': {
    warnings(object, old) {
      const texts = [...ofPlainTemplate(object, old)];
      const { spec } = object as Loose<StatefulSet>;
      spec?.volumeClaimTemplates?.forEach((claim, index) => {
        const path = `spec.volumeClaimTemplates[${index}].spec.resources.requests`;
        fractionWarnings(texts, path, claim.spec?.resources?.requests, ['storage']);
      });
      if ((spec?.revisionHistoryLimit ?? 0) < 0) {
        const detail =
          'a negative value retains all historical revisions; a value >= 0 is recommended';
        texts.push(`spec.revisionHistoryLimit: ${detail}`);
      }
      return texts;
    },
  },
  'batch/jobs': { warnings: ofNamedTemplate },
  'batch/cronjobs': {
    warnings(object, old) {
      const texts = old === undefined ? nameWarnings(object, usedInNames) : none;
      if (old !== undefined && sameJson(object.spec, old.spec)) return texts;
      const template = (object as Loose<CronJob>).spec?.jobTemplate?.spec?.template ?? {};
      return [...texts, ...podWarnings('spec.jobTemplate.spec.template', template)];
    },
  },
  'core/services': { warnings: (object) => serviceWarnings(object as Loose<Service>) },
  'core/nodes': {
    warnings(object) {
      const { spec } = object as Loose<Node>;
      const texts: string[] = [];
      if (spec?.configSource !== undefined) {
        texts.push('spec.configSource: the feature is removed');
      }
      if (spec?.externalID) {
        texts.push('spec.externalID: this field is deprecated, and is unused by Kubernetes');
      }
      return texts;
    },
  },
  'core/persistentvolumes': {
    warnings(object) {
      const { spec } = object as Loose<PersistentVolume>;
      const texts: string[] = [];
      if (spec?.persistentVolumeReclaimPolicy === 'Recycle') {
        texts.push(
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. ' +
            'Instead, the recommended approach is to use dynamic provisioning.',
        );
      }
      fractionWarnings(texts, 'spec.capacity', spec?.capacity, ['storage']);
      return texts;
    },
  },
  'core/persistentvolumeclaims': {
    warnings(object) {
      const { spec } = object as Loose<PersistentVolumeClaim>;
      const texts: string[] = [];
      const { requests, limits } = spec?.resources ?? {};
      fractionWarnings(texts, 'spec.resources.requests', requests, ['storage']);
      fractionWarnings(texts, 'spec.resources.limits', limits, ['storage']);
      return texts;
    },
  },
  'networking.k8s.io/ingresses': {
    warnings(object, old) {
      const key = 'kubernetes.io/ingress.class';
      const { metadata } = object as Loose<Ingress>;
      if (old !== undefined || metadata?.annotations?.[key] === undefined) return none;
      return [`annotation "${key}" is deprecated, please use 'spec.ingressClassName' instead`];
    },
  },
};

const oldHints = 'service.kubernetes.io/topology-aware-hints';

function serviceWarnings({ metadata, spec = {} }: Loose<Service>): readonly string[] {
  const texts: string[] = [];
  if (metadata?.annotations?.[oldHints] !== undefined) {
    const instead = 'service.kubernetes.io/topology-mode';
    texts.push(`annotation ${oldHints} is deprecated, please use ${instead} instead`);
  }
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  const external = (spec.externalIPs ?? []).length > 0;
  if (headless) {
    if (spec.loadBalancerIP) texts.push('spec.loadBalancerIP is ignored for headless services');
    if (external) texts.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') {
      texts.push('spec.SessionAffinity is ignored for headless services');
    }
  }
  if (external && !headless && spec.type !== 'ExternalName') {
    texts.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  }
  if (spec.type === 'ExternalName') {
    if (external) texts.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  } else if (spec.externalName) {
    texts.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    texts.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return texts;
}
