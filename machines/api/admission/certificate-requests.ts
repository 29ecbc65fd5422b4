/** A signing request carries who asked for it, whatever the client wrote. Pure. */
import type { Draft } from '../registry.ts';
import { specOf } from '../subresources.ts';
import type { AdmissionStep } from './attributes.ts';

/** Sets spec.username, uid, groups and extra from the authenticated user. */
export const bindRequester: AdmissionStep = ({ object, request }) => {
  const { name, uid, groups, extra } = request.user;
  const { uid: _, extra: __, ...spec } = specOf(object);
  (object as Draft).spec = {
    ...spec,
    username: name,
    groups: [...groups],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
  return undefined;
};
