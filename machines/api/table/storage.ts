/** Tables of volumes and storage classes. Follows pkg/printers/internalversion. Pure. */
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  ObjectMeta,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../types.ts';
import {
  ageColumn,
  ageOf,
  boolean,
  integer,
  nameColumn,
  nameOf,
  type Printers,
  printer,
  text,
  wide,
} from './columns.ts';

const modeNames: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

function accessModes(modes: readonly string[] | undefined): string {
  const given = new Set(modes ?? []);
  return modeNames.flatMap(([mode, short]) => (given.has(mode) ? [short] : [])).join(',');
}

const betaClass = 'volume.beta.kubernetes.io/storage-class';

interface Claimable {
  readonly metadata?: ObjectMeta | undefined;
  readonly spec?: { readonly storageClassName?: string | undefined } | undefined;
}

function classOf(object: Claimable): string {
  return object.metadata?.annotations?.[betaClass] ?? object.spec?.storageClassName ?? '';
}

function phaseOf(object: {
  readonly metadata?: ObjectMeta | undefined;
  readonly status?: { readonly phase?: string | undefined } | undefined;
}): string {
  return object.metadata?.deletionTimestamp ? 'Terminating' : (object.status?.phase ?? '');
}

const volume = printer<PersistentVolume>({
  columns: [
    nameColumn,
    text('Capacity', 'Size of the volume.'),
    text('Access Modes', 'How the volume can be mounted.'),
    text('Reclaim Policy', 'What becomes of the volume when its claim goes.'),
    text('Status', 'Whether the volume is bound to a claim.'),
    text('Claim', 'Claim that the volume is bound to.'),
    text('StorageClass', 'Class of the volume.'),
    text('VolumeAttributesClass', "Class of the volume's attributes."),
    text('Reason', 'Why the volume is in its state.'),
    ageColumn,
    wide('VolumeMode', 'File system or block device.'),
  ],
  cells: (object, nowMs) => {
    const { spec, status } = object;
    const claim = spec?.claimRef;
    return [
      nameOf(object),
      String(spec?.capacity?.storage ?? '0'),
      accessModes(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      phaseOf(object),
      claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`,
      classOf(object),
      spec?.volumeAttributesClassName ?? '<unset>',
      status?.reason ?? '',
      ageOf(object, nowMs),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});

const claim = printer<PersistentVolumeClaim>({
  columns: [
    nameColumn,
    text('Status', 'Whether the claim is bound to a volume.'),
    text('Volume', 'Volume that the claim is bound to.'),
    text('Capacity', 'Size of the volume.'),
    text('Access Modes', 'How the volume can be mounted.'),
    text('StorageClass', 'Class of the claim.'),
    text('VolumeAttributesClass', "Class of the volume's attributes."),
    ageColumn,
    wide('VolumeMode', 'File system or block device.'),
  ],
  cells: (object, nowMs) => {
    const { spec, status } = object;
    const bound = Boolean(spec?.volumeName);
    return [
      nameOf(object),
      phaseOf(object),
      spec?.volumeName ?? '',
      bound ? String(status?.capacity?.storage ?? '0') : '',
      bound ? accessModes(status?.accessModes) : '',
      classOf(object),
      spec?.volumeAttributesClassName ?? '<unset>',
      ageOf(object, nowMs),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});

/** The name, marked where an annotation makes it the default. */
function nameWithDefault(
  object: { readonly metadata?: ObjectMeta | undefined },
  kind: string,
): string {
  const annotations = object.metadata?.annotations ?? {};
  const keys = [
    `${kind}.kubernetes.io/is-default-class`,
    `${kind}.beta.kubernetes.io/is-default-class`,
  ];
  const isDefault = keys.some((key) => annotations[key] === 'true');
  return isDefault ? `${nameOf(object)} (default)` : nameOf(object);
}

const storageClass = printer<StorageClass>({
  columns: [
    nameColumn,
    text('Provisioner', 'Who makes volumes of the class.'),
    text('ReclaimPolicy', 'What becomes of a volume when its claim goes.'),
    text('VolumeBindingMode', 'When claims are bound.'),
    text('AllowVolumeExpansion', 'Whether volumes can grow.'),
    ageColumn,
  ],
  cells: (object, nowMs) => [
    nameWithDefault(object, 'storageclass'),
    object.provisioner ?? '',
    object.reclaimPolicy ?? 'Delete',
    object.volumeBindingMode ?? 'Immediate',
    object.allowVolumeExpansion ?? false,
    ageOf(object, nowMs),
  ],
});

const driver = printer<CSIDriver>({
  columns: [
    nameColumn,
    boolean('AttachRequired', 'Whether volumes are attached before they are mounted.'),
    boolean('PodInfoOnMount', 'Whether the driver is told of the pod.'),
    boolean('StorageCapacity', 'Whether free capacity is considered.'),
    text('TokenRequests', 'Audiences of the tokens that the driver gets.'),
    boolean('RequiresRepublish', 'Whether volumes are published again and again.'),
    text('Modes', 'Kinds of volumes the driver has.'),
    ageColumn,
  ],
  cells: (object, nowMs) => {
    const { spec } = object;
    const audiences = spec?.tokenRequests?.map((request) => request.audience).join(',');
    return [
      nameOf(object),
      spec?.attachRequired ?? true,
      spec?.podInfoOnMount ?? false,
      spec?.storageCapacity ?? false,
      audiences ?? '<unset>',
      spec?.requiresRepublish ?? false,
      (spec?.volumeLifecycleModes ?? []).join(',') || '<none>',
      ageOf(object, nowMs),
    ];
  },
});

/** Kinds about storage. */
export const storagePrinters: Printers = {
  '/PersistentVolume': volume,
  '/PersistentVolumeClaim': claim,
  'storage.k8s.io/StorageClass': storageClass,
  'storage.k8s.io/CSIDriver': driver,
  'storage.k8s.io/VolumeAttributesClass': printer<VolumeAttributesClass>({
    columns: [nameColumn, text('DriverName', 'Driver the class is for.'), ageColumn],
    cells: (object, nowMs) => [
      nameWithDefault(object, 'volumeattributesclass'),
      object.driverName ?? '',
      ageOf(object, nowMs),
    ],
  }),
  'storage.k8s.io/CSINode': printer<CSINode>({
    columns: [nameColumn, integer('Drivers', 'How many drivers the node has.'), ageColumn],
    cells: (object, nowMs) => [
      nameOf(object),
      object.spec?.drivers?.length ?? 0,
      ageOf(object, nowMs),
    ],
  }),
  'storage.k8s.io/CSIStorageCapacity': printer<CSIStorageCapacity>({
    columns: [
      nameColumn,
      text('StorageClassName', 'Class that the capacity is of.'),
      text('Capacity', 'How much is free.'),
    ],
    cells: (object) => [
      nameOf(object),
      object.storageClassName ?? '',
      String(object.capacity ?? '<unset>'),
    ],
  }),
  'storage.k8s.io/VolumeAttachment': printer<VolumeAttachment>({
    columns: [
      nameColumn,
      { ...text('Attacher', 'Driver that attaches.'), format: 'name' },
      text('PV', 'Volume that is attached.'),
      text('Node', 'Node it is attached to.'),
      boolean('Attached', 'Whether it is attached yet.'),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.spec?.attacher ?? '',
      object.spec?.source?.persistentVolumeName ?? '',
      object.spec?.nodeName ?? '',
      object.status?.attached ?? false,
      ageOf(object, nowMs),
    ],
  }),
};
