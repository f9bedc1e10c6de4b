import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch } from '../../../src/nve-protocol/wire/batch.ts';
import { decodeFromNva, decodeFromNve, encodeMessage } from '../../../src/nve-protocol/wire/codec.ts';
import { errorCodes, wireFaultCodes } from '../../../src/nve-protocol/wire/fault.ts';
import { FRAME_HEADER, Framer } from '../../../src/nve-protocol/wire/framer.ts';
import { protocolLimits } from '../../../src/nve-protocol/wire/limits.ts';
import { type Message, registry, rowOf } from '../../../src/nve-protocol/wire/registry.ts';
import { scanFault } from '../../../src/nve-protocol/wire/scan.ts';
import { golden, specification } from './golden.ts';

const decodeAny = (bytes: Uint8Array, type: string) =>
  rowOf(type)?.from === 'nva' ? decodeFromNva(bytes) : decodeFromNve(bytes);

describe('the octets of the specification', () => {
  it('have an example of every message', () => {
    expect(new Set(golden.map(({ message }) => message.type))).toEqual(new Set(Object.keys(registry)));
  });

  it.each(golden.map(({ message, frame }) => [message.type, message, frame] as const))('%s', (type, message, frame) => {
    expect(Buffer.from(encodeMessage(message)).toString('hex')).toBe(Buffer.from(frame).toString('hex'));
    expect(decodeAny(frame.subarray(FRAME_HEADER), type)).toEqual({ ok: true, value: message });
  });

  it('are taken apart as they are', () => {
    const [, apart = ''] = /```text\n([\s\S]*?)```/.exec(specification) ?? [];
    const octets = apart
      .split('\n')
      // In each line, what comes before the explanation.
      .map((line) => /^\s*((?:[0-9a-f]{2,}\s+)*[0-9a-f]{2,})(?:\s{2,}|$)/.exec(line)?.[1] ?? '')
      .join('')
      .replaceAll(/\s/g, '');
    expect(octets).toBe(Buffer.from(golden[0]?.frame ?? []).toString('hex'));
  });

  it('name every error', () => {
    const [, table = ''] = /## Errors\n([\s\S]*?)\n## /.exec(specification) ?? [];
    const named = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(named.sort()).toEqual([...errorCodes].sort());
  });
});

describe('framing', () => {
  const all = Buffer.concat(golden.map(({ frame }) => frame));

  it('gives every message wherever the stream is cut', () => {
    const expected = golden.map(({ message }) => message);
    for (let cut = 0; cut <= all.length; cut++) {
      const framer = new Framer(65_536);
      const seen: unknown[] = [];
      const take = (bytes: Uint8Array, start: number, end: number) => {
        const payload = bytes.slice(start, end);
        const type = golden[seen.length]?.message.type ?? '';
        const decoded = decodeAny(payload, type);
        seen.push(decoded.ok ? decoded.value : decoded.fault);
      };
      expect(framer.push(all.subarray(0, cut), take)).toBeUndefined();
      expect(framer.push(all.subarray(cut), take)).toBeUndefined();
      expect(framer.pending).toBe(0);
      expect(seen).toEqual(expected);
    }
  });

  it('gives them octet by octet', () => {
    const framer = new Framer(65_536);
    let seen = 0;
    for (const octet of all) framer.push(Uint8Array.of(octet), () => seen++);
    expect(seen).toBe(golden.length);
  });

  it('holds nothing for a length that is too long, and takes nothing after it', () => {
    const framer = new Framer(100);
    expect(framer.push(Uint8Array.of(0, 0, 0, 101, 1, 2, 3), () => expect.unreachable())).toMatchObject({
      code: 'too-long',
    });
    expect(framer.pending).toBe(0);
    expect(framer.push(encodeMessage({ type: 'ping', id: 1 }), () => expect.unreachable())).toBeUndefined();
    const cut = new Framer(100);
    expect(cut.push(Uint8Array.of(0xff, 0xff), () => {})).toBeUndefined();
    expect(cut.push(Uint8Array.of(0xff, 0xff), () => {})).toMatchObject({ code: 'too-long' });
  });

  it('refuses a frame without octets', () => {
    expect(new Framer(100).push(Uint8Array.of(0, 0, 0, 0), () => {})).toMatchObject({ code: 'not-a-message' });
  });

  it('stops where it is told to', () => {
    const framer = new Framer(65_536);
    let seen = 0;
    framer.push(all, () => {
      seen++;
      return false;
    });
    expect(seen).toBe(1);
  });

  it('is the same for a batch', () => {
    const batch = new Batch();
    for (const { message } of golden) batch.add(message);
    expect(Buffer.from(batch.take()).equals(all)).toBe(true);
    expect(batch.length).toBe(0);
  });
});

const faultOf = (fields: unknown) => {
  const decoded = decodeFromNve(encode(fields));
  return decoded.ok ? 'none' : decoded.fault;
};
const join = { type: 'join', id: 5, network: 'web', mode: 'push' };
const attach = (attachment: object) => ({
  type: 'attach',
  id: 1,
  network: 'web',
  attachment: { id: 'vm', ...attachment },
});

describe('faults', () => {
  const cases: readonly (readonly [name: string, fields: unknown, fault: object])[] = [
    ['no map', [1, 2], { code: 'not-a-message' }],
    ['no type', { id: 1 }, { code: 'not-a-message' }],
    ['a type that is no text', { type: 3 }, { code: 'not-a-message' }],
    ['a message that there is not', { type: 'dance', id: 4 }, { code: 'unknown-message', type: 'dance', id: 4 }],
    ['a message of the other side', { type: 'welcome' }, { code: 'unknown-message', type: 'welcome' }],
    [
      'a field that is missing',
      { ...join, network: undefined },
      { code: 'missing-field', field: 'network', id: 5, type: 'join' },
    ],
    ['nil', { ...join, network: null }, { code: 'missing-field', field: 'network' }],
    ['a number as a name', { ...join, network: 5 }, { code: 'wrong-type', field: 'network' }],
    ['an id below 0', { ...join, id: -1 }, { code: 'bad-value', field: 'id' }],
    ['an id that is no integer', { ...join, id: 1.5 }, { code: 'wrong-type', field: 'id' }],
    ['an empty name', { ...join, network: '' }, { code: 'bad-value', field: 'network' }],
    ['a name that is too long', { ...join, network: 'x'.repeat(256) }, { code: 'bad-value', field: 'network' }],
    ['a name with a line end', { ...join, network: 'a\nb' }, { code: 'bad-value', field: 'network' }],
    ['a mode that there is not', { ...join, mode: 'shove' }, { code: 'bad-value', field: 'mode' }],
    ['a part that is none', { ...join, since: 7 }, { code: 'wrong-type', field: 'since' }],
    ['a field of a part', { ...join, since: { epoch: 'e' } }, { code: 'missing-field', field: 'since.version' }],
    [
      'a version below 0',
      { ...join, since: { epoch: 'e', version: -3 } },
      { code: 'bad-value', field: 'since.version' },
    ],
    [
      'a MAC address in upper case',
      attach({ mac: '02:00:00:00:00:0A' }),
      { code: 'bad-value', field: 'attachment.mac' },
    ],
    [
      'an address with zeros in front',
      attach({ ips: ['10.0.0.01'] }),
      { code: 'bad-value', field: 'attachment.ips[0]' },
    ],
    [
      'an address not as RFC 5952 has it',
      attach({ ips: ['10.0.0.1', '2001:DB8::1'] }),
      { code: 'bad-value', field: 'attachment.ips[1]' },
    ],
    ['a number as an address', attach({ ips: [7] }), { code: 'wrong-type', field: 'attachment.ips[0]' }],
    [
      'too many addresses',
      attach({ ips: Array(257).fill('10.0.0.1') }),
      { code: 'too-many-items', field: 'attachment.ips' },
    ],
    ['an address that is no list', attach({ ips: '10.0.0.1' }), { code: 'wrong-type', field: 'attachment.ips' }],
    [
      'a prefix with host bits',
      attach({ prefixes: ['10.0.0.1/24'] }),
      { code: 'bad-value', field: 'attachment.prefixes[0]' },
    ],
    [
      'a prefix that is too long',
      attach({ prefixes: ['10.0.0.0/33'] }),
      { code: 'bad-value', field: 'attachment.prefixes[0]' },
    ],
    ['text as a flag', attach({ sticky: 'yes' }), { code: 'wrong-type', field: 'attachment.sticky' }],
    ['detached as a state', attach({ state: 'detached' }), { code: 'bad-value', field: 'attachment.state' }],
    [
      'a name as an address',
      { type: 'resolve', id: 1, network: 'web', address: 'host' },
      { code: 'bad-value', field: 'address' },
    ],
    ['no credit', { type: 'credit', mappings: 0 }, { code: 'bad-value', field: 'mappings' }],
  ];

  it.each(cases)('%s', (_, fields, fault) => {
    const { type, id, ...rest } = fields as { type?: string; id?: number };
    // undefined is not sent
    const sent = Array.isArray(fields) ? fields : JSON.parse(JSON.stringify({ type, id, ...rest }));
    expect(faultOf(sent)).toMatchObject(fault);
  });

  it('cover every code that octets alone can have', () => {
    const seen = new Set(cases.map(([, , fault]) => (fault as { code: string }).code));
    // Of framing and of msgpack itself: tested with them.
    seen.add('too-long').add('not-msgpack');
    expect([...seen].sort()).toEqual([...wireFaultCodes].sort());
  });

  it('are none where fields are unknown, or in another order', () => {
    expect(faultOf({ mode: 'push', later: { x: [1, 2] }, network: 'web', id: 5, type: 'join' })).toBe('none');
    expect(decodeFromNve(encode({ ...golden[0]?.message, encapsulations: ['smoke', 'vxlan'] }))).toMatchObject({
      value: { encapsulations: ['vxlan'] },
    });
  });

  it('of an NVA are found too', () => {
    const flood = { kind: 'flood', nve: '192.0.2.1', encapsulation: 'vxlan', vni: 1 };
    const changes = (...list: object[]) =>
      decodeFromNva(encode({ type: 'changes', network: 'web', version: 1, changes: list }));
    expect(changes({ set: flood })).toMatchObject({ ok: true });
    expect(changes({ set: flood }, { gone: { ...flood, vni: 1 << 24 } })).toMatchObject({
      fault: { code: 'bad-value', field: 'changes[1].gone.vni' },
    });
    expect(changes({})).toMatchObject({ fault: { code: 'bad-value' } });
    expect(changes({ set: flood, gone: flood })).toMatchObject({ fault: { code: 'bad-value' } });
    expect(changes({ set: { ...flood, kind: 'host', sequence: 0 } })).toMatchObject({
      fault: { code: 'missing-field' },
    });
    expect(changes(...Array(257).fill({ set: flood }))).toMatchObject({ fault: { code: 'too-many-items' } });
  });

  it('of a network have room for an ACL as long as one may be', () => {
    const prefix = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128';
    const rule = {
      action: 'allow',
      protocol: 'udp',
      source: prefix,
      destination: prefix,
      destinationPorts: { from: 65_534, to: 65_535 },
    } as const;
    const parameters = (rules: number) =>
      encodeMessage({
        type: 'parameters',
        network: 'web',
        vni: 1,
        service: 'l2',
        acl: Array(rules).fill(rule),
        flooding: { kind: 'ingress-replication' },
        encapsulations: ['vxlan'],
        unknownUnicast: 'flood',
      });
    // What the API and the configuration take.
    const longest = parameters(1000);
    expect(longest.length).toBeLessThan(protocolLimits.nvePayload);
    expect(decodeFromNva(longest, FRAME_HEADER)).toMatchObject({ ok: true });
    expect(decodeFromNva(parameters(1001), FRAME_HEADER)).toMatchObject({ fault: { code: 'too-many-items' } });
  });
});

describe('hostile octets', () => {
  it('cost no more memory than they have octets', () => {
    // An array of 2³²−1, arrays in arrays, and a map of as many.
    expect(decodeFromNve(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff))).toMatchObject({
      fault: { code: 'not-msgpack' },
    });
    expect(decodeFromNve(new Uint8Array(60_000).fill(0x91))).toMatchObject({ fault: { code: 'not-msgpack' } });
    expect(decodeFromNve(Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff))).toMatchObject({
      fault: { code: 'not-msgpack' },
    });
    expect(decodeFromNve(Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff))).toMatchObject({
      fault: { code: 'not-msgpack' },
    });
  });

  it('that name a prototype are refused or do nothing', () => {
    const bytes = encode(JSON.parse('{"type":"ping","id":1,"__proto__":{"id":2}}'));
    expect(decodeFromNve(bytes)).toMatchObject({ fault: { code: 'not-msgpack' } });
    expect(faultOf({ type: 'constructor' })).toMatchObject({ code: 'unknown-message' });
    expect(faultOf({ type: 'toString' })).toMatchObject({ code: 'unknown-message' });
  });

  it('are looked through as msgpack reads them', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4, withBigInt: false }), (value) => {
        let bytes: Uint8Array;
        try {
          bytes = encode(value);
        } catch {
          return;
        }
        expect(scanFault(bytes, 0, bytes.length, 100)).toBeUndefined();
        for (let cut = 0; cut < bytes.length; cut++) expect(scanFault(bytes, 0, cut, 100)).toBeDefined();
      }),
    );
  });

  it('never throw, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeFromNve(bytes);
        decodeFromNva(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throw, whatever is changed in a message', () => {
    const octet = fc.tuple(fc.nat(400), fc.nat(255));
    fc.assert(
      fc.property(fc.constantFrom(...golden), fc.array(octet, { minLength: 1, maxLength: 4 }), ({ frame }, changes) => {
        const bytes = frame.slice(FRAME_HEADER);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        for (const decoded of [decodeFromNve(bytes), decodeFromNva(bytes)]) {
          // What is taken can be said again, and is the same then.
          if (!decoded.ok) continue;
          const again = encodeMessage(decoded.value).subarray(FRAME_HEADER);
          expect(decodeAny(again, decoded.value.type)).toEqual({ ok: true, value: decoded.value });
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('in which any field is anything never throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...golden),
        fc.nat(20),
        fc.jsonValue({ maxDepth: 3 }),
        ({ message }, index, value) => {
          const keys = Object.keys(message);
          const key = keys[index % keys.length] ?? 'type';
          const decoded = decodeAny(encode({ ...message, [key]: value }), message.type);
          if (decoded.ok) encodeMessage(decoded.value as Message);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

it('the longest message of each kind fits in what its receiver takes', () => {
  const host = {
    kind: 'host',
    nve: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    encapsulation: 'mpls-in-gre',
    vni: 0xff_ffff,
    mac: '02:00:00:00:00:01',
    ip: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    sequence: 0xffff_ffff,
    sticky: true,
    l3: { vni: 0xff_ffff, routerMac: '02:00:00:00:00:01' },
  } as const;
  const changes = Array(protocolLimits.entries).fill({ set: host });
  const longest = encodeMessage({
    type: 'changes',
    network: 'x'.repeat(255),
    version: Number.MAX_SAFE_INTEGER,
    changes,
  });
  expect(longest.length).toBeLessThan(protocolLimits.nvePayload);
});
