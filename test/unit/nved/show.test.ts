import { expect, test } from 'vitest';
import { tell } from '../../../src/nved/show.ts';

test('says of an attachment that waits why no NVA has answered', () => {
  const result = { status: 'waiting' } as const;
  const refused = 'the NVA 10.0.0.1 does not let this NVE in: the token is not one of those that are known';
  expect(tell({ ok: true, answer: 'attach', result, troubles: [refused] })).toEqual({
    code: 4,
    text: `waiting: no NVA has said yes or no, the next one will be asked\n  ${refused}\n`,
  });
  expect(tell({ ok: true, answer: 'attach', result, troubles: [] }).text).toBe(
    'waiting: no NVA has said yes or no, the next one will be asked\n',
  );
});
