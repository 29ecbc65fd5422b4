/** What claims of volumes wait for, and the pods that name them. Pure. */
import type { PersistentVolumeClaim, Pod, Volume } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { volumeReferences } from '../../kubelet/volumes.ts';
import type { Situation, Waiting } from './situation.ts';

/** What keeps a claim from being bound. */
export function claimWaits(claim: Stored<PersistentVolumeClaim>): readonly Waiting[] {
  const { phase = 'Pending' } = claim.status ?? {};
  if (phase === 'Bound') return [];
  const { storageClassName, volumeName } = claim.spec ?? {};
  const of = storageClassName ? `StorageClass ${storageClassName}` : 'no StorageClass';
  const volume = volumeName ? `, it asks for volume ${volumeName}` : '';
  return [
    {
      says: `it is ${phase}, with ${of}${volume}`,
      on: 'whoever provisions and binds volumes: no controller of this cluster does',
    },
  ];
}

/** What a pod's volumes lack: claims that are not bound, ConfigMaps and Secrets that are not there. */
export function volumeWaits(pod: Stored<Pod>, s: Situation): readonly Waiting[] {
  const { namespace = '' } = pod.metadata as { namespace?: string };
  return (pod.spec?.volumes ?? []).flatMap((volume) => [
    ...claimOf(volume, namespace, s),
    ...missingOf(volume, namespace, s),
  ]);
}

function claimOf(volume: Volume, namespace: string, s: Situation): readonly Waiting[] {
  if (volume.persistentVolumeClaim === undefined) return [];
  const { claimName } = volume.persistentVolumeClaim;
  const claim = s.objects.get('core/persistentvolumeclaims', namespace, claimName);
  if (claim === undefined) {
    return [{ says: `claim ${claimName} does not exist`, on: 'the user, to make it' }];
  }
  const because = claimWaits(claim);
  return because.length === 0 ? [] : [{ says: `claim ${claimName} is not bound`, because }];
}

function missingOf(volume: Volume, namespace: string, s: Situation): readonly Waiting[] {
  if ((volume.configMap ?? volume.secret)?.optional === true) return [];
  return volumeReferences(volume).flatMap(({ kind, name }) => {
    const resource = kind === 'Secret' ? 'core/secrets' : 'core/configmaps';
    if (s.objects.getAny(resource, namespace, name) !== undefined) return [];
    const says = `volume ${volume.name} names ${kind} ${name}, which does not exist`;
    return [{ says, on: 'the user, to make it' }];
  });
}
