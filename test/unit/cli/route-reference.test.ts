import { expect, test } from 'vitest';
import { parseRouteReference } from '../../../src/cli/route-reference.ts';

test.each([
  ['02-00-00-00-00-11', { filter: { mac: '02:00:00:00:00:11' } }],
  ['0200.0000.0011', { filter: { mac: '02:00:00:00:00:11' } }],
  ['172.16.10.11', { filter: { ip: '172.16.10.11' } }],
  ['2001:DB8::0:1', { filter: { ip: '2001:db8::1' } }],
  ['10.20.0.0/16', { filter: { prefix: '10.20.0.0/16' } }],
  [
    '[2]:[10.0.0.11:2]:[0]:[48]:[02:00:00:00:00:AB]',
    { filter: { type: 2, rd: '10.0.0.11:2' }, text: '[2]:[10.0.0.11:2]:[0]:[48]:[02:00:00:00:00:ab]' },
  ],
  ['[200]:[00aabb]', { filter: { type: 200 }, text: '[200]:[00aabb]' }],
  ['WzJdOlsxMC4wLjAuMTE', { filter: {}, key: 'WzJdOlsxMC4wLjAuMTE' }],
  ['host1', undefined],
  ['10.0.0', undefined],
  ['', undefined],
])('%s', (text, reference) => {
  expect(parseRouteReference(text)).toEqual(reference);
});
