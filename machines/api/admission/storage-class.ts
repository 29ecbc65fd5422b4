/**
 * DefaultStorageClass: a claim that names no class gets the default one. Follows the plugin of that
 * name. Pure.
 */
import type { Draft } from '../registry.ts';
import { specOf } from '../subresources.ts';
import type { AdmissionStep } from './attributes.ts';

const isDefault = 'storageclass.kubernetes.io/is-default-class';
const legacyClass = 'volume.beta.kubernetes.io/storage-class';

/** Fills in the newest class that is marked as default. */
export const defaultStorageClass: AdmissionStep = ({ object, env }) => {
  const spec = specOf(object);
  if (spec.storageClassName !== undefined) return undefined;
  if (object.metadata?.annotations?.[legacyClass] !== undefined) return undefined;
  const classes = env.view
    .list('storage.k8s.io/storageclasses')
    .filter((one) => one.metadata.annotations?.[isDefault] === 'true')
    .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1));
  const newest = classes[0];
  if (newest === undefined) return undefined;
  (object as Draft).spec = { ...spec, storageClassName: newest.metadata.name };
  return undefined;
};
