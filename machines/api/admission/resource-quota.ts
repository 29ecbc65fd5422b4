/**
 * ResourceQuota: what a namespace may hold in all. Usage is counted from the view when something is
 * created, and the quota's status is written in the same transaction, so that two creations can
 * never both take the last place.
 *
 * Follows the plugin of the same name, with its messages. Pure.
 */
import {
  add,
  compare,
  formatQuantity,
  parseQuantity,
  type Quantity,
  zeroQuantity,
} from '../quantity.ts';
import { withoutRevision } from '../registry.ts';
import { revisionOf, storeKey } from '../resources.ts';
import { forbidden } from '../status.ts';
import { specOf } from '../subresources.ts';
import type { ResourceQuota } from '../types.ts';
import type { AnyObject, Stored } from '../view.ts';
import { type AdmissionStep, type Attributes, refuse } from './attributes.ts';
import { countable, inScope, missingFor, type Usage, usageOf } from './quota-usage.ts';

const quotaStorage = 'core/resourcequotas';

/** Charges the new object to every quota of the namespace that covers it. */
export const enforceQuota: AdmissionStep = (attributes) => {
  const quotas = attributes.env.view.list(quotaStorage, attributes.namespace);
  for (const quota of quotas) {
    const refusal = charge(quota, attributes);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
};

function charge(quota: Stored<ResourceQuota>, attributes: Attributes) {
  const { served, object, name, writes, namespace } = attributes;
  if (!inScope(quota, served.storage, object)) return undefined;
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard).filter((one) => countable(one, served.storage));
  if (names.length === 0) return undefined;
  const shown = name || (object.metadata?.generateName ?? '');
  const deny = (detail: string) => refuse(forbidden(served.named, shown, detail), true);
  const missing = missingFor(names, served.storage, specOf(object));
  if (missing.length > 0) {
    return deny(`failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
  }
  const wanted = usageOf(served.storage, object);
  const used = countUsed(quota, attributes);
  const over = names.filter((one) => {
    const sum = add(used[one] ?? zeroQuantity, wanted[one] ?? zeroQuantity);
    const asks = wanted[one] !== undefined && wanted[one].nanos > 0n;
    return asks && compare(sum, parseQuantity(hard[one]) ?? zeroQuantity) > 0;
  });
  if (over.length > 0) {
    const list = (amounts: (one: string) => string) =>
      over.map((one) => `${one}=${amounts(one)}`).join(',');
    return deny(
      `exceeded quota: ${quota.metadata.name}, ` +
        `requested: ${list((one) => formatQuantity(wanted[one] ?? zeroQuantity))}, ` +
        `used: ${list((one) => formatQuantity(used[one] ?? zeroQuantity))}, ` +
        `limited: ${list((one) => hard[one] ?? '')}`,
    );
  }
  const after: Record<string, string> = { ...quota.status?.used };
  for (const one of names) {
    after[one] = formatQuantity(add(used[one] ?? zeroQuantity, wanted[one] ?? zeroQuantity));
  }
  if (Object.values(wanted).every((amount) => amount.nanos === 0n)) return undefined;
  const stored = withoutRevision(quota as AnyObject);
  writes.push({
    key: storeKey(quotaStorage, namespace, quota.metadata.name),
    operation: 'put',
    object: { ...stored, status: { hard: { ...hard }, used: after } },
    expected: revisionOf(quota as AnyObject),
  });
  return undefined;
}

/** What the namespace uses now of the resources that a kind of object counts for. */
function countUsed(quota: Stored<ResourceQuota>, { served, env, namespace }: Attributes): Usage {
  const used: Record<string, Quantity> = {};
  for (const object of env.view.listAny(served.storage, namespace)) {
    if (!inScope(quota, served.storage, object)) continue;
    for (const [one, amount] of Object.entries(usageOf(served.storage, object))) {
      used[one] = add(used[one] ?? zeroQuantity, amount);
    }
  }
  return used;
}
