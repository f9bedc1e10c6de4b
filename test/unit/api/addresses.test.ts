import { describe, expect, test } from 'vitest';
import { compareAddresses } from '../../../src/api/address-order.ts';
import { parseApiLocation } from '../../../src/api/http-transport.ts';
import { formatListenAddress } from '../../../src/api/listen-address.ts';

test('addresses sort by number, IPv4 first', () => {
  const given = [
    'fe80::2',
    '10.0.0.10',
    '2001:db8::10',
    '10.0.0.9',
    '::1',
    '2001:db8:0:1::',
    '2001:db8::9',
    '9.255.0.1',
  ];
  expect(given.sort(compareAddresses)).toEqual([
    '9.255.0.1',
    '10.0.0.9',
    '10.0.0.10',
    '::1',
    '2001:db8::9',
    '2001:db8::10',
    '2001:db8:0:1::',
    'fe80::2',
  ]);
});

test('listening addresses are written as the configuration has them', () => {
  expect(formatListenAddress({ kind: 'tcp', host: '127.0.0.1', port: 8080 })).toBe('127.0.0.1:8080');
  expect(formatListenAddress({ kind: 'tcp', host: '::', port: 80 })).toBe('[::]:80');
  expect(formatListenAddress({ kind: 'unix', path: '/run/nvad/api.sock' })).toBe('unix:/run/nvad/api.sock');
});

describe('parseApiLocation', () => {
  test('TCP, with or without a path, and Unix sockets', () => {
    expect(parseApiLocation('http://[::1]:8080')).toMatchObject({ kind: 'http' });
    expect(parseApiLocation('https://nva.example/api')).toMatchObject({ kind: 'https' });
    expect(parseApiLocation('unix:///run/x.sock')).toEqual({ kind: 'unix', path: '/run/x.sock' });
    expect(parseApiLocation('unix:/run/x.sock')).toEqual({ kind: 'unix', path: '/run/x.sock' });
  });
  test.each(['', '10.0.0.1:8080', 'ftp://x', 'http://', 'unix:relative'])('refuses %j', (text) => {
    expect(parseApiLocation(text)).toBeUndefined();
  });
});
