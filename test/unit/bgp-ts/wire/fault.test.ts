import { expect, it } from 'vitest';
import { checkUint, EncodeError } from '../../../../src/bgp-ts/wire/encode-error.ts';
import { hardest, outcomes, sessionReset, verdict } from '../../../../src/bgp-ts/wire/fault.ts';
import { fail, ok } from '../../../../src/bgp-ts/wire/result.ts';

const base = sessionReset('some-fault', 7, 'a reason', 1, 2);

it('a session reset carries its NOTIFICATION, without data unless given', () => {
  expect(base).toEqual({
    code: 'some-fault',
    outcome: 'session-reset',
    offset: 7,
    reason: 'a reason',
    notification: { code: 1, subcode: 2, data: new Uint8Array(0) },
  });
  expect(sessionReset('x', 0, '', 1, 3, Uint8Array.of(9)).notification.data).toEqual(Uint8Array.of(9));
});

it('the hardest outcome wins (RFC 7606 §3 h)', () => {
  expect(hardest([])).toBeUndefined();
  for (let i = 0; i < outcomes.length; i++) {
    const faults = outcomes.slice(0, i + 1).map((outcome) => ({ ...base, outcome }));
    expect(hardest(faults)).toBe(outcomes[i]);
    expect(hardest(faults.reverse())).toBe(outcomes[i]);
  }
});

it('what is to be ignored is accepted', () => {
  expect(verdict([])).toBe('accept');
  expect(verdict([{ ...base, outcome: 'ignore' }])).toBe('accept');
  expect(verdict([{ ...base, outcome: 'attribute-discard' }, base])).toBe('session-reset');
  expect(verdict([{ ...base, outcome: 'attribute-discard' }])).toBe('attribute-discard');
});

it('a result is a value or a fault', () => {
  expect(ok(3)).toEqual({ ok: true, value: 3 });
  expect(fail(base)).toEqual({ ok: false, fault: base });
});

it('numbers are held against their field', () => {
  expect(checkUint('field', 0, 255)).toBe(0);
  expect(checkUint('field', 255, 255)).toBe(255);
  for (const wrong of [-1, 256, 1.5, Number.NaN]) {
    expect(() => checkUint('field', wrong, 255)).toThrow(EncodeError);
    expect(() => checkUint('field', wrong, 255)).toThrow(`field is ${wrong}, outside 0 to 255`);
  }
});
