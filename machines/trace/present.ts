/** The newest state of all objects on record, read as a view is. Pure. */
import { storeKey } from '../api/resources.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import type { History } from './history.ts';

/** What explanations read of a view. */
export type Objects = Pick<View, 'get' | 'list' | 'getAny' | 'listAny'>;

/** The objects of a history's end. */
export function presentObjects(history: History): Objects {
  const at = (key: string) => history.spans(key).at(-1)?.object as Stored<AnyObject> | undefined;
  const getAny: Objects['getAny'] = (resource, namespace, name) =>
    at(storeKey(resource, namespace, name));
  const listAny: Objects['listAny'] = (resource, namespace) =>
    history.keys(resource, namespace || undefined).flatMap((key) => at(key) ?? []);
  return {
    getAny,
    listAny,
    // What is stored under a resource's name is of its type.
    get: getAny as Objects['get'],
    list: listAny as Objects['list'],
  };
}
