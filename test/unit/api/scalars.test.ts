import { describe, expect, test } from 'vitest';
import {
  canonicalIp,
  esi,
  integerText,
  ipAddress,
  ipPrefix,
  macAddress,
  routeDistinguisher,
  routeTarget,
} from '../../../src/api/contract/scalars.ts';

describe('canonicalIp', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['FE80::1%eth0', 'fe80::1%eth0'],
    ['not an address', 'not an address'],
  ])('%s is %s', (given, canonical) => {
    expect(canonicalIp(given)).toBe(canonical);
  });
});

describe('each scalar brings its text to one form', () => {
  test.each([
    ['mac', macAddress, '02-00-00-00-00-AB', '02:00:00:00:00:ab'],
    ['mac, dotted', macAddress, '0200.0000.00ab', '02:00:00:00:00:ab'],
    ['prefix', ipPrefix, '2001:DB8:0::/032', '2001:db8::/32'],
    ['prefix, IPv4', ipPrefix, '10.0.0.0/8', '10.0.0.0/8'],
    ['rd', routeDistinguisher, '192.0.2.1:3', '192.0.2.1:3'],
    ['rd of an unknown type', routeDistinguisher, '0003AABBCCDDEEFF', '0003aabbccddeeff'],
    ['rt', routeTarget, 'RT:65000:10', '65000:10'],
    ['esi', esi, '00:AA:22:33:44:55:66:77:88:99', '00:aa:22:33:44:55:66:77:88:99'],
  ] as const)('%s', (_name, schema, given, canonical) => {
    expect(schema.parse(given)).toBe(canonical);
  });
});

describe('each scalar refuses with what would be right', () => {
  test.each([
    ['ip', ipAddress, '10.0.0', 'must be an IPv4 or IPv6 address, for example 10.0.0.1 or 2001:db8::1'],
    ['mac', macAddress, '02:00', 'must be a MAC address, for example 02:00:00:00:00:11'],
    ['prefix', ipPrefix, '10.0.0.0/33', 'must be a prefix, for example 10.1.0.0/16 or 2001:db8::/32'],
    ['prefix without a length', ipPrefix, '10.0.0.0', 'must be a prefix, for example 10.1.0.0/16 or 2001:db8::/32'],
    ['rd', routeDistinguisher, '65000', 'must be a route distinguisher, for example 10.0.0.1:2 or 65000:1217'],
    ['rt', routeTarget, 'x:1', 'must be a route target, for example 65000:1217 or 10.0.0.1:17'],
    [
      'esi',
      esi,
      '00:11',
      'must be an Ethernet segment identifier of ten octets, for example 00:11:22:33:44:55:66:77:88:99',
    ],
  ] as const)('%s', (_name, schema, given, reason) => {
    expect(schema.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([reason]);
  });
});

describe('integerText', () => {
  const schema = integerText('a VNI', 0, 16777215);
  test('reads decimal digits, and numbers of a program', () => {
    expect([schema.parse('0'), schema.parse('16777215'), schema.parse(10)]).toEqual([0, 16777215, 10]);
  });
  test.each(['', ' 1', '1.0', '0x10', '1e3', '-1', '16777216', '9'.repeat(30), ['1', '2']])('refuses %j', (given) => {
    expect(schema.safeParse(given).error?.issues[0]?.message).toBe('must be a VNI, a whole number from 0 to 16777215');
  });
});
