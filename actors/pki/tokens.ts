/**
 * ServiceAccount tokens: signs them, checks them, and publishes the key that checks them.
 *
 * Never decides what a claim means, whether a ServiceAccount or pod exists, or which audience is
 * right, and never reads the clock: the API does the former, and its caller brings the time.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import type { TokenSigner } from '../apiserver/api.ts';

/** Signs and checks tokens with one key, and publishes the public half of it. */
export interface TokenAuthority extends TokenSigner {
  /** The public key as a JSON Web Key Set. */
  keySet(): Promise<{ readonly keys: readonly JWK[] }>;
}

/** Tokens longer than this are refused unread; those issued here have less than 2 KiB. */
const tokenLengthMax = 16_384;

/** A token authority over an ECDSA P-256 key. The JOSE library is loaded at the first use. */
export function createTokenAuthority(privateKey: KeyObject): TokenAuthority {
  const publicKey = createPublicKey(privateKey);
  let loaded: Promise<{ jose: typeof import('jose'); jwk: JWK & { kid: string } }> | undefined;
  const load = () => {
    loaded ??= import('jose').then(async (jose) => {
      const jwk = await jose.exportJWK(publicKey);
      const kid = await jose.calculateJwkThumbprint(jwk);
      return { jose, jwk: { use: 'sig', ...jwk, kid, alg: 'ES256' } };
    });
    return loaded;
  };
  return {
    async sign(claims) {
      const { jose, jwk } = await load();
      const header = { alg: 'ES256', kid: jwk.kid };
      return await new jose.SignJWT({ ...claims }).setProtectedHeader(header).sign(privateKey);
    },
    async verify(token, nowSeconds) {
      if (token.length > tokenLengthMax) return undefined;
      const { jose } = await load();
      try {
        const { payload } = await jose.jwtVerify(token, publicKey, {
          algorithms: ['ES256'],
          currentDate: new Date(nowSeconds * 1000),
          requiredClaims: ['exp'],
        });
        return payload;
      } catch (error) {
        if (error instanceof jose.errors.JOSEError) return undefined;
        throw error;
      }
    },
    async keySet() {
      const { jwk } = await load();
      return { keys: [jwk] };
    },
  };
}
