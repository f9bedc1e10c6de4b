import { expect, it } from 'vitest';
import { relayAttributes } from '../../../../../src/bgp-ts/wire/attribute/relay.ts';
import { hex } from '../hex.ts';

const value = hex('01');

it('what is recognised is passed on as it is', () => {
  const attributes = { origin: 'igp' } as const;
  expect(relayAttributes(attributes)).toBe(attributes);
});

it('an unrecognised transitive attribute goes along as partial, a non-transitive one goes no further', () => {
  const unknown = [
    { flags: 0x80, code: 98, value },
    { flags: 0xc0, code: 99, value },
    { flags: 0xe0, code: 100, value },
  ];
  expect(relayAttributes({ origin: 'igp', unknown })).toEqual({
    origin: 'igp',
    unknown: [
      { flags: 0xe0, code: 99, value },
      { flags: 0xe0, code: 100, value },
    ],
  });
  expect(relayAttributes({ origin: 'igp', unknown: unknown.slice(0, 1) })).toEqual({ origin: 'igp' });
});
