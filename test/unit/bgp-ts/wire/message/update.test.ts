import { describe, expect, it } from 'vitest';
import { type DecodeContext, defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { hardest } from '../../../../../src/bgp-ts/wire/fault.ts';
import {
  announcedRoutes,
  decodeUpdate,
  encodeUpdate,
  endOfRib,
  type Update,
  withdrawnRoutes,
} from '../../../../../src/bgp-ts/wire/message/update.ts';
import type { NlriOf } from '../../../../../src/bgp-ts/wire/nlri/nlri.ts';
import { hex, toHex } from '../hex.ts';

const two = (length: number) => length.toString(16).padStart(4, '0');

/** An UPDATE out of its three fields. */
function message(withdrawn: string, attributes: string, nlri = ''): Uint8Array {
  const [w, a, n] = [withdrawn, attributes, nlri].map(hex);
  const length = 23 + w.length + a.length + n.length;
  return hex(`${'ff'.repeat(16)}${two(length)}02${two(w.length)}${toHex(w)}${two(a.length)}${toHex(a)}${toHex(n)}`);
}

const prefix = (text: string): NlriOf<257> => ({ kind: 'prefix', family: 257, prefix: text });
const mandatory = '40010100 400200';
const nextHop = '400304 c0000201';
const reach = '800e16 000201 10 20010db8000000000000000000000001 00 00';
const faultsOf = (bytes: Uint8Array, ctx: DecodeContext = defaultContext) =>
  decodeUpdate(bytes, ctx).faults.map(({ code, outcome }) => [code, outcome]);

describe('UPDATE', () => {
  it('withdraws and announces', () => {
    const bytes = message('18 0a0001', `${mandatory} ${nextHop}`, '10 0a01 00');
    const update: Update = {
      withdrawn: [prefix('10.0.1.0/24')],
      attributes: { origin: 'igp', asPath: [], nextHop: '192.0.2.1' },
      nlri: [prefix('10.1.0.0/16'), prefix('0.0.0.0/0')],
    };
    expect(decodeUpdate(bytes, defaultContext)).toEqual({ update, faults: [] });
    expect(encodeUpdate(update, defaultContext)).toEqual(bytes);
    expect(announcedRoutes(update)).toEqual(update.nlri);
    expect(withdrawnRoutes(update)).toEqual(update.withdrawn);
    expect(endOfRib(update)).toBeUndefined();
  });

  it('is read at an offset', () => {
    const bytes = hex(`aabb${toHex(message('', `${mandatory} ${nextHop}`, '00'))}cc`);
    expect(decodeUpdate(bytes, defaultContext, 2, bytes.length - 1).faults).toEqual([]);
  });

  it('carries routes of another family in its attributes', () => {
    const bytes = message('', `${reach} ${mandatory}`);
    const { update, faults } = decodeUpdate(bytes, defaultContext);
    expect(faults).toEqual([]);
    expect(announcedRoutes(update)).toEqual([{ kind: 'prefix', family: 513, prefix: '::/0' }]);
    expect(withdrawnRoutes(decodeUpdate(message('', '800f04 000201 00'), defaultContext).update)).toEqual([
      { kind: 'prefix', family: 513, prefix: '::/0' },
    ]);
    expect(encodeUpdate(update, defaultContext)).toEqual(bytes);
  });

  it('has path identifiers in its own fields where the session uses them', () => {
    const ctx = { ...defaultContext, addPath: new Set([257]) };
    const bytes = message('00000001 00', `${mandatory} ${nextHop}`, '00000002 00');
    const { update } = decodeUpdate(bytes, ctx);
    expect([update.withdrawn[0].pathId, update.nlri[0].pathId]).toEqual([1, 2]);
    expect(encodeUpdate(update, ctx)).toEqual(bytes);
  });

  it('longer than the session allows has no encoding', () => {
    const unknown = [{ flags: 0xc0, code: 99, value: new Uint8Array(4073) }];
    const update: Update = { withdrawn: [], attributes: { unknown }, nlri: [] };
    expect(() => encodeUpdate(update, defaultContext)).toThrow('exceeds 4096');
    expect(encodeUpdate(update, { ...defaultContext, extendedMessages: true }).length).toBe(4100);
  });
});

describe('End-of-RIB (RFC 4724 §2)', () => {
  it.each([
    ['', 257],
    ['800f03 001946', 6470],
    ['800f04 000201 00', undefined],
    ['800f03 001946 40010100', undefined],
    ['40010100', undefined],
  ])('%j', (attributes, family) => {
    expect(endOfRib(decodeUpdate(message('', attributes), defaultContext).update)).toBe(family);
  });

  it('is none with routes', () => {
    expect(endOfRib({ withdrawn: [prefix('0.0.0.0/0')], attributes: {}, nlri: [] })).toBeUndefined();
  });
});

describe('the faults of UPDATE', () => {
  it.each(['0001 0000', '0000 0001', 'ffff 0000'])('%s: a length past the message (RFC 7606 §3 b)', (body) => {
    const bytes = hex(`${'ff'.repeat(16)} 0017 02 ${body}`);
    const { update, faults } = decodeUpdate(bytes, defaultContext);
    expect(update).toEqual({ withdrawn: [], attributes: {}, nlri: [] });
    expect(faults).toMatchObject([{ code: 'update-length', outcome: 'session-reset' }]);
    expect(faults[0].notification).toEqual({ code: 3, subcode: 1, data: hex('') });
  });

  it.each([
    [message('21', ''), 'nlri-prefix-length', 21],
    [message('18 0a', ''), 'nlri-overrun', 21],
    [message('', `${mandatory} ${nextHop}`, '18 0a'), 'nlri-overrun', 37],
  ])('%#: its own routes cannot be read (RFC 7606 §5.3)', (bytes, code, offset) => {
    const [fault] = decodeUpdate(bytes, defaultContext).faults;
    expect(fault).toMatchObject({ code, outcome: 'session-reset', offset });
    expect(fault.notification).toEqual({ code: 3, subcode: 10, data: hex('') });
  });

  it('a missing mandatory attribute costs the routes (RFC 7606 §3 d)', () => {
    const missing = (attributes: string, nlri: string) =>
      decodeUpdate(message('', attributes, nlri), defaultContext).faults;
    expect(missing('', '00').map((fault) => fault.attribute)).toEqual([1, 2, 3]);
    expect(missing(`${mandatory}`, '00')).toMatchObject([
      { code: 'attribute-missing', outcome: 'treat-as-withdraw', attribute: 3, notification: { code: 3, subcode: 3 } },
    ]);
    expect(missing(mandatory, '00')[0].notification.data).toEqual(hex('03'));
    expect(missing(reach, '').map((fault) => fault.attribute)).toEqual([1, 2]);
  });

  it('one that is there and malformed is not missing too', () => {
    expect(faultsOf(message('', `40010107 400200 ${nextHop}`, '00'))).toEqual([['origin-value', 'treat-as-withdraw']]);
  });

  it('routes are given although they are to be withdrawn', () => {
    const { update, faults } = decodeUpdate(message('', `40010107 400200 ${nextHop}`, '10 0a01'), defaultContext);
    expect(hardest(faults)).toBe('treat-as-withdraw');
    expect(update.nlri).toEqual([prefix('10.1.0.0/16')]);
  });

  it('the address in a NEXT_HOP that nothing uses is ignored (RFC 4760 §3)', () => {
    const zero = '400304 00000000';
    expect(faultsOf(message('', `${reach} ${mandatory} ${zero}`))).toEqual([]);
    expect(faultsOf(message('', `800f04 000201 00 ${zero}`))).toEqual([]);
    expect(faultsOf(message('', `${reach} ${mandatory} ${zero}`, '00'))).toEqual([
      ['next-hop-address', 'treat-as-withdraw'],
    ]);
  });
});

describe('attributes in error without a route announced (RFC 7606 §5.2)', () => {
  const escalated = (attributes: string, withdrawn = '') => faultsOf(message(withdrawn, attributes)).at(-1);
  const reset = ['update-no-reachable-nlri', 'session-reset'];

  it('end the session', () => {
    expect(escalated('40010107')).toEqual(reset);
    expect(escalated('40010107', '00')).toEqual(reset);
    expect(escalated('40010107 800f04 000201 00')).toEqual(reset);
    expect(escalated('40')).toEqual(reset); // not even one attribute could be found
    expect(escalated('800e15 000201 10 20010db8000000000000000000000001 00')).toEqual(reset); // MP_REACH_NLRI without routes
  });

  it('map to the NOTIFICATION of what was found', () => {
    const fault = decodeUpdate(message('', '40010107'), defaultContext).faults.at(-1);
    expect(fault?.notification).toEqual({ code: 3, subcode: 6, data: hex('40010107') });
  });

  it('cost what they cost where a route is announced, or only withdrawn, or only an attribute is lost', () => {
    expect(escalated(`${reach} 400200 40010107`)).toEqual(['origin-value', 'treat-as-withdraw']);
    expect(escalated('40060100')).toEqual(['atomic-aggregate-length', 'attribute-discard']);
    expect(escalated(mandatory)).toBeUndefined();
    // an EVPN route that is malformed inside was announced all the same
    expect(escalated(`800e0c 001946 04 c0000201 00 0201 00 ${mandatory}`)).toEqual([
      'evpn-length',
      'treat-as-withdraw',
    ]);
    // only MP_UNREACH_NLRI: a malformed route in it was to be withdrawn anyway
    expect(escalated('800f06 001946 0201 00')).toEqual(['evpn-length', 'treat-as-withdraw']);
  });

  it('say nothing twice where the session ends anyway', () => {
    expect(faultsOf(message('', '406301 00'))).toEqual([['attribute-unrecognized', 'session-reset']]);
  });
});
