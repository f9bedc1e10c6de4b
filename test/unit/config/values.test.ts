import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipAddress, parseAddress, parsePeerAddress } from '../../../src/config/address.ts';
import { overlaps, parseApiEndpoint, parseTcpEndpoint, type TcpEndpoint } from '../../../src/config/endpoint.ts';
import { contains, parsePrefix } from '../../../src/config/prefix.ts';
import { editDistance, nearest } from '../../../src/config/spelling.ts';

function address(text: string) {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

function endpoint(text: string): TcpEndpoint {
  const parsed = parseTcpEndpoint(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', 4],
    ['::', '::', 6],
    ['::1', '::1', 6],
    ['1::', '1::', 6],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1', 6],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', 6],
    ['2001:0db8::0001', '2001:db8::1', 6],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', 6],
    ['1:2:3:4:5:6:192.0.2.33', '1:2:3:4:5:6:c000:221', 6],
  ] as const)('%s is %s', (text, canonical, family) => {
    expect(address(text)).toMatchObject({ text: canonical, family });
  });

  it('keeps octets in network order', () => {
    expect([...address('10.1.2.3').octets]).toEqual([10, 1, 2, 3]);
    expect([...address('2001:db8::ff').octets]).toEqual([0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 0xff]);
  });

  it('any 16 octets are written as RFC 5952 says and read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
        // The IPv4-mapped ones are refused on purpose.
        fc.pre(octets.subarray(0, 10).some((octet) => octet !== 0));
        const { text } = ipAddress(octets);
        expect(`[${text}]`).toBe(new URL(`http://[${text}]/`).hostname);
        expect(address(text).octets).toEqual(octets);
      }),
    );
  });

  it.each([
    '0.1.2.3',
    '240.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
    '239.1.1.1',
    'ff02::1',
    'febf::1',
    '10.0.0.1%eth0',
    'fe80::1%eth0',
  ])('no peer is at %s', (text) => {
    expect(parsePeerAddress(text).ok).toBe(false);
  });

  it.each(['127.0.0.1', '::1', '169.254.0.1', 'fec0::1', '223.255.255.255'])('a peer may be at %s', (text) => {
    expect(parsePeerAddress(text).ok).toBe(true);
  });
});

describe('prefixes', () => {
  it.each(['0.0.0.0/0', '::/0', '10.0.0.0/9', '10.128.0.0/9', '10.0.0.1/32', '2001:db8::1/128', '2001:db8:8000::/33'])(
    '%s is canonical',
    (text) => {
      expect(prefix(text).text).toBe(text);
    },
  );

  it('accepts exactly what has no host bits, and suggests that otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 1, max: 32 }), (octets, length) => {
        fc.pre(octets[0]! < 224);
        const bits = octets.reduce((all, octet) => all * 256 + octet, 0);
        const size = 2 ** (32 - length);
        const network = bits - (bits % size);
        const text = ipAddress(Uint8Array.of(network >>> 24, network >>> 16, network >>> 8, network)).text;
        const parsed = parsePrefix(`${octets.join('.')}/${length}`);
        if (bits === network) expect(parsed).toMatchObject({ ok: true, value: { text: `${text}/${length}`, length } });
        else expect(parsed).toMatchObject({ ok: false, suggestion: `did you mean ${text}/${length}?` });
        expect(contains(prefix(`${text}/${length}`), ipAddress(octets))).toBe(true);
      }),
    );
  });

  it('contains by bits, and never across families', () => {
    expect(contains(prefix('10.0.0.0/9'), address('10.127.255.255'))).toBe(true);
    expect(contains(prefix('10.0.0.0/9'), address('10.128.0.0'))).toBe(false);
    expect(contains(prefix('2001:db8::/33'), address('2001:db8:7fff::1'))).toBe(true);
    expect(contains(prefix('2001:db8::/33'), address('2001:db8:8000::'))).toBe(false);
    expect(contains(prefix('::/0'), address('10.0.0.1'))).toBe(false);
  });

  it.each(['10.0.0.0/', '10.0.0.0/08', '10.0.0.0/-1', '10.0.0.0/8/8', '/8', '::/129', '224.0.0.0/8', 'ff00::/8'])(
    '%s is none',
    (text) => {
      expect(parsePrefix(text).ok).toBe(false);
    },
  );
});

describe('endpoints', () => {
  it('reads addresses with ports and unix sockets', () => {
    expect(endpoint('[2001:DB8::1]:179')).toEqual({
      kind: 'tcp',
      host: '2001:db8::1',
      port: 179,
      family: 6,
      text: '[2001:db8::1]:179',
    });
    expect(parseApiEndpoint('unix:/run/nvad/api.sock')).toEqual({
      ok: true,
      value: { kind: 'unix', path: '/run/nvad/api.sock', text: 'unix:/run/nvad/api.sock' },
    });
    expect(parseApiEndpoint('unix:///run/api.sock')).toMatchObject({ ok: true, value: { path: '/run/api.sock' } });
    expect(parseApiEndpoint('127.0.0.1:8080')).toMatchObject({ ok: true, value: { kind: 'tcp', port: 8080 } });
  });

  it.each([
    '',
    ':',
    '179',
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:+1',
    '10.0.0.1:0179',
    '[10.0.0.1]:179',
    '2001:db8::1',
    '[::]',
    'unix:/x',
    '224.0.0.1:179',
    'nvad.example:179',
  ])('%j is none', (text) => {
    expect(parseTcpEndpoint(text).ok).toBe(false);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcf:.[]/%*x') }), (text) => {
        for (const parse of [parseAddress, parsePrefix, parseTcpEndpoint, parseApiEndpoint]) {
          const parsed = parse(text);
          if (!parsed.ok) expect(parsed.reason).not.toBe('');
          else if (parse === parseAddress) expect(isIPv4(text) || text.includes(':')).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['10.0.0.1:179', '10.0.0.1:179', true],
    ['10.0.0.1:179', '10.0.0.2:179', false],
    ['10.0.0.1:179', '10.0.0.1:180', false],
    ['0.0.0.0:179', '10.0.0.1:179', true],
    ['[::]:179', '10.0.0.1:179', true],
    ['[::]:179', '[::1]:179', true],
    ['0.0.0.0:179', '[::1]:179', false],
  ])('%s and %s overlap: %s', (a, b, answer) => {
    expect(overlaps(endpoint(a), endpoint(b))).toBe(answer);
    expect(overlaps(endpoint(b), endpoint(a))).toBe(answer);
  });
});

describe('spelling', () => {
  const keys = ['domain', 'asn', 'routerId', 'listen', 'nves', 'nvas', 'holdTime'];

  it.each([
    ['domian', 'domain'],
    ['as', 'asn'],
    ['router_id', 'routerId'],
    ['ROUTERID', 'routerId'],
    ['nve', 'nves'],
    ['hold-timer', 'holdTime'],
    ['federation', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%s: %s', (word, meant) => {
    expect(nearest(word, keys)).toBe(meant);
  });

  it('counts insertions, deletions, substitutions and swaps', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('same', 'same')).toBe(0);
  });

  it('is a distance', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
