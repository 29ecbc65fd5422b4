/**
 * ServiceAccount tokens: issued for TokenRequests, looked up for requests that carry one, and
 * reviewed.
 *
 * The claims are the machines' decision; the keys are the signer's. Keeps which tokens were checked a
 * moment ago, and nothing else.
 */
import type { AdmissionSettings } from '../../machines/api/admission/attributes.ts';
import { createDraw } from '../../machines/api/draw.ts';
import { isRecord } from '../../machines/api/json.ts';
import type { ApiReply, ApiRequest, UserInfo } from '../../machines/api/request.ts';
import { tokenReviewReply } from '../../machines/api/reviews.ts';
import { planToken, type TokenPlan, userOfClaims } from '../../machines/api/token.ts';
import type { Clock } from '../clock.ts';
import type { Random, TokenSigner } from './api.ts';
import type { ApiState } from './state.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

export interface TokensOptions {
  readonly state: ApiState;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: AdmissionSettings;
  readonly signer: TokenSigner;
}

export interface Tokens {
  /** Answers a POST to serviceaccounts/token. */
  issue(request: ApiRequest): Promise<ApiReply>;
  /** The user a bearer token stands for; undefined where it is wrong, expired or revoked. */
  authenticate(token: string): Promise<UserInfo | undefined>;
  /** Answers a TokenReview. */
  review(request: ApiRequest): Promise<ApiReply>;
}

const accounts = 'core/serviceaccounts';

/** Tokens of one apiserver. */
export function createTokens(options: TokensOptions): Tokens {
  const { state, clock, random, settings, signer } = options;
  const verify = createVerifiedTokens(signer, clock);

  function plan(request: ApiRequest): TokenPlan | ApiReply {
    return planToken(request, {
      view: state.view,
      nowMs: clock.nowMs(),
      draw: createDraw(random.uint32()),
      uid: random.uuid(),
      settings,
    });
  }

  async function issue(request: ApiRequest): Promise<ApiReply> {
    let planned = plan(request);
    if ('code' in planned) {
      await state.catchUp(accounts);
      planned = plan(request);
    }
    if ('code' in planned) return planned;
    const { claims, object } = planned;
    const token = await signer.sign(claims);
    const status = isRecord(object.status) ? object.status : {};
    return { code: 201, object: { ...object, status: { ...status, token } }, warnings: [] };
  }

  async function authenticate(token: string): Promise<UserInfo | undefined> {
    const claims = await verify(token);
    if (claims === undefined) return undefined;
    const user = userOfClaims(claims, settings.tokenAudiences, state.view);
    if (user !== undefined) return user;
    // The account or the pod may have been created a moment ago.
    await state.catchUp(accounts);
    return userOfClaims(claims, settings.tokenAudiences, state.view);
  }

  return {
    issue,
    authenticate,
    async review(request) {
      const spec = request.body?.spec;
      const token = isRecord(spec) && typeof spec.token === 'string' ? spec.token : '';
      const user = token === '' ? undefined : await authenticate(token);
      return tokenReviewReply(request, user, settings.tokenAudiences, clock.nowMs());
    },
  };
}
