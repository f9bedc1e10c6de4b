import { describe, expect, it } from 'vitest';
import { defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../../../src/bgp-ts/wire/message/message.ts';
import { hex } from '../hex.ts';

const marker = 'ff'.repeat(16);

describe('any message', () => {
  const golden: [string, Message][] = [
    [
      '001d 01 04 fde8 005a c0a80101 00',
      { kind: 'open', value: { myAs: 65000, holdTime: 90, bgpId: '192.168.1.1', capabilities: [] } },
    ],
    ['0017 02 0000 0000', { kind: 'update', value: { withdrawn: [], attributes: {}, nlri: [] } }],
    ['0015 03 0603', { kind: 'notification', value: { code: 6, subcode: 3, data: hex('') } }],
    ['0013 04', { kind: 'keepalive' }],
    ['0017 05 0019 00 46', { kind: 'route-refresh', value: { family: 6470, subtype: 0 } }],
  ];

  it.each(golden)('%s', (octets, message) => {
    const bytes = hex(marker + octets);
    expect(decodeMessage(bytes, defaultContext)).toEqual({ message, faults: [] });
    expect(encodeMessage(message, defaultContext)).toEqual(bytes);
  });

  it('reads ROUTE-REFRESH under the number it had before it had one, and writes it under its own', () => {
    const { message, faults } = decodeMessage(hex(`${marker} 0017 80 0001 00 80`), defaultContext);
    expect({ message, faults }).toEqual({
      message: { kind: 'route-refresh', value: { family: 384, subtype: 0 } },
      faults: [],
    });
    expect(message && encodeMessage(message, defaultContext)).toEqual(hex(`${marker} 0017 05 0001 00 80`));
    expect(decodeMessage(hex(`${marker} 0018 80 0001 00 80`), defaultContext).faults).toMatchObject([
      { code: 'header-length' },
    ]);
  });

  it('gives what could be read of an UPDATE beside its faults', () => {
    const { message, faults } = decodeMessage(hex(`${marker} 001e 02 0000 0007 400101 07 400200`), defaultContext);
    expect(message).toMatchObject({ kind: 'update', value: { attributes: { asPath: [] } } });
    expect(faults.map(({ code }) => code)).toEqual(['origin-value', 'update-no-reachable-nlri']);
  });
});

describe('octets that are no message', () => {
  it.each([
    ['', 'header-length', 2, '0000'],
    ['ff'.repeat(18), 'header-length', 2, '0012'],
    [`${marker} 0014 04 00`, 'header-length', 2, '0014'],
    [`${marker} 0018 02 0000 0000`, 'header-length', 2, '0018'], // an octet short
    [`${marker} 0017 02 0000 0000 00`, 'header-length', 2, '0017'], // an octet over
    [`${marker} 0fff 09`, 'header-length', 2, '0fff'], // the length before the type
    [`${marker} 0013 09`, 'header-type', 3, '09'],
    [`00${'ff'.repeat(15)} 0013 04`, 'header-marker', 1, ''],
  ])('%j is %s', (octets, code, subcode, data) => {
    const { message, faults } = decodeMessage(hex(octets), defaultContext);
    expect(message).toBeUndefined();
    expect(faults).toMatchObject([{ code, outcome: 'session-reset' }]);
    expect(faults[0].notification).toEqual({ code: 1, subcode, data: hex(data) });
  });

  it('have the faults of their type', () => {
    expect(decodeMessage(hex(`${marker} 001d 01 03 fde8 005a c0a80101 00`), defaultContext)).toMatchObject({
      message: undefined,
      faults: [{ code: 'open-version' }],
    });
    expect(decodeMessage(hex(`${marker} 0013 05`), defaultContext)).toMatchObject({
      message: undefined,
      faults: [{ code: 'route-refresh-length', notification: { code: 7, subcode: 1 } }],
    });
  });
});

it('an error subcode that is not defined is noticed and cannot be answered (RFC 4271 §6.4)', () => {
  const { message, faults } = decodeMessage(hex(`${marker} 0015 03 0401`), defaultContext);
  expect(message).toEqual({ kind: 'notification', value: { code: 4, subcode: 1, data: hex('') } });
  expect(faults).toMatchObject([{ code: 'notification-unrecognized', notification: { code: 0, subcode: 0 } }]);
});

it('an error code that is not defined is shown as it is', () => {
  expect(decodeMessage(hex(`${marker} 0016 03 fe07 2a`), defaultContext)).toEqual({
    message: { kind: 'notification', value: { code: 0xfe, subcode: 7, data: hex('2a') } },
    faults: [],
  });
});

it.each([
  [4, []],
  [5, ['open-role']],
  [255, ['open-role']],
])('role %i in an OPEN: %j (RFC 9234 §4.1)', (role, codes) => {
  const octets = Uint8Array.of(...hex(`${marker} 0022 01 04 fde8 005a c0a80101 05 0203 0901`), role);
  const { message, faults } = decodeMessage(octets, defaultContext);
  expect(message).toMatchObject({ kind: 'open', value: { capabilities: [{ kind: 'role', value: role }] } });
  expect(faults.map(({ code }) => code)).toEqual(codes);
  for (const { outcome, notification } of faults) {
    expect([outcome, notification.code, notification.subcode]).toEqual(['session-reset', 2, 11]);
  }
});
