/**
 * Remembers for a short time which tokens were signed by us, so that a client's every request does
 * not cost a check of its signature.
 *
 * Keeps hashes and claims, never a token, and no refusal. Never decides what claims mean: whether
 * the account and the pod are still there is looked up for every request, and expiry is compared.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { TokenSigner } from './api.ts';

/** How long a signature is taken as checked (kube-apiserver's token cache: 10 s). */
export const verifiedMs = 10_000;
/** Tokens remembered; the oldest is forgotten first. */
export const verifiedTokensMax = 4_096;

type Claims = NonNullable<Awaited<ReturnType<TokenSigner['verify']>>>;

/** Checks tokens as the signer does, and each one's signature once in `verifiedMs`. */
export function createVerifiedTokens(signer: TokenSigner, clock: Clock) {
  const known = new Map<string, { readonly claims: Claims; readonly untilMs: number }>();
  return async (token: string): Promise<Claims | undefined> => {
    const nowMs = clock.nowMs();
    const hash = createHash('sha256').update(token).digest('base64');
    const found = known.get(hash);
    if (found !== undefined && nowMs < found.untilMs) return found.claims;
    known.delete(hash);
    const claims = await signer.verify(token, Math.floor(nowMs / 1000));
    if (claims === undefined) return undefined;
    const expiresMs = Number(claims.exp) * 1000;
    known.set(hash, { claims, untilMs: Math.min(nowMs + verifiedMs, expiresMs || 0) });
    const oldest = known.keys().next().value;
    if (known.size > verifiedTokensMax && oldest !== undefined) known.delete(oldest);
    return claims;
  };
}
