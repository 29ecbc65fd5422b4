/** Signatures of tokens are checked once in a while, what they stand for every time. */
import { expect, it } from 'vitest';
import {
  createVerifiedTokens,
  verifiedMs,
  verifiedTokensMax,
} from '../../actors/apiserver/verified-tokens.ts';
import { createVirtualClock } from '../../actors/clock.ts';

const startMs = 1_000_000;

/** Tokens are `<name>:<expiry in seconds>`; `bad` ones are never ours. */
function counted() {
  const clock = createVirtualClock(startMs);
  const checked: string[] = [];
  const verify = createVerifiedTokens(
    {
      sign: async () => '',
      async verify(token, nowSeconds) {
        checked.push(token);
        const [name = '', exp = ''] = token.split(':');
        return name === 'bad' || Number(exp) <= nowSeconds ? undefined : { sub: name, exp };
      },
    },
    clock,
  );
  return { clock, checked, verify };
}

it('one check serves ten seconds', async () => {
  const { clock, checked, verify } = counted();
  for (let index = 0; index < 5; index += 1) {
    expect(await verify('a:9999')).toMatchObject({ sub: 'a' });
  }
  expect(checked).toEqual(['a:9999']);
  clock.advanceTo(startMs + verifiedMs);
  await verify('a:9999');
  expect(checked).toHaveLength(2);
});

it('a token expires on time, and a refusal is not remembered', async () => {
  const { clock, checked, verify } = counted();
  expect(await verify('a:1003')).toBeDefined();
  clock.advanceTo(startMs + 2_999);
  expect(await verify('a:1003')).toBeDefined();
  clock.advanceTo(startMs + 3_000);
  expect(await verify('a:1003')).toBeUndefined();
  expect(checked).toHaveLength(2);
  await verify('bad:9999');
  await verify('bad:9999');
  expect(checked).toHaveLength(4);
});

it('the oldest is forgotten at the bound', async () => {
  const { checked, verify } = counted();
  for (let index = 0; index <= verifiedTokensMax; index += 1) await verify(`t${index}:9999`);
  await verify(`t${verifiedTokensMax}:9999`);
  expect(checked).toHaveLength(verifiedTokensMax + 1);
  await verify('t0:9999');
  expect(checked).toHaveLength(verifiedTokensMax + 2);
});
