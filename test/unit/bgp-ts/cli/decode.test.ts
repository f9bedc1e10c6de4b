import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../../src/bgp-ts/cli/decode.ts';

const marker = 'ff'.repeat(16);

/** A stream, and all that was written to it. */
function sink() {
  const stream = new PassThrough();
  const written: string[] = [];
  stream.on('data', (chunk) => written.push(String(chunk)));
  return { stream, text: () => written.join('') };
}

async function run(args: readonly string[], input = '') {
  const [out, err] = [sink(), sink()];
  const code = await decode(args, { stdin: Readable.from([input]), stdout: out.stream, stderr: err.stream });
  return { code, out: out.text(), err: err.text() };
}

/** Offset and text of each line, without the octets between them. */
const gist = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ *(\d+) {2}\S* +/, '$1 '));

async function ask(question: object) {
  const { out } = await run(['--jsonl'], `${JSON.stringify({ id: 'x', context: {}, ...question })}\n`);
  return JSON.parse(out);
}

describe('bgp-ts decode HEX', () => {
  it('explains an EVPN UPDATE with its offsets', async () => {
    const { code, out } = await run([
      marker,
      '0069 02 0000 0052 900e002c 001946 04 c0a80101 00',
      '0221 0001c0a801010003 00000000000000000000 00000000 30 020000000011 00 00000a',
      '400101 00 500200 00 400504 00000064 c01010 030c000000000008 0002fde80000000a',
    ]);
    expect(gist(out)).toEqual([
      '0 marker',
      '16 length 105',
      '18 type 2, Update',
      '19 Withdrawn Routes Length 0',
      '21 Total Path Attribute Length 82',
      '23 MP_REACH_NLRI (optional, non-transitive, extended length), 44 octets',
      '27 AFI/SAFI 25/70 L2VPN EVPN',
      '30 next hop 192.168.1.1',
      '35 reserved',
      '36 [2]:[192.168.1.1:3]:[0]:[48]:[02:00:00:00:00:11]',
      '36 route type 2 MAC/IP Advertisement',
      '37 length 33',
      '38 RD 192.168.1.1:3, type 1',
      '46 ESI 0, single-homed',
      '56 Ethernet tag 0',
      '60 MAC address length 48',
      '61 MAC address 02:00:00:00:00:11',
      '67 IP address length 0',
      '68 label 1: 10 as VNI, 0 as MPLS label, traffic class 5',
      '71 ORIGIN (well-known, transitive), 1 octets',
      '74 igp',
      '75 AS_PATH (well-known, transitive, extended length), 0 octets',
      '79 LOCAL_PREF (well-known, transitive), 4 octets',
      '82 100',
      '86 EXTENDED COMMUNITIES (optional, transitive), 16 octets',
      '89 ET:8, encapsulation 8 VXLAN',
      '97 RT:65000:10, route target, two-octet AS',
      'outcome: accept',
    ]);
    expect(out.split('\n')[1]).toBe('    16  0069                   length 105');
    expect(code).toBe(0);
  });

  it('explains an OPEN', async () => {
    const { out } = await run([`${marker}003101 04fde8005ac0a8010114 0212 010400190046 0200 450400194601 09020000`]);
    expect(gist(out).slice(3)).toEqual([
      '19 version 4',
      '20 My Autonomous System 65000',
      '22 hold time 90 s',
      '24 BGP Identifier 192.168.1.1',
      '28 Optional Parameters Length 20',
      '29 Capabilities',
      '31 Multiprotocol Extensions: 25/70 L2VPN EVPN',
      '37 Route Refresh',
      '39 ADD-PATH: (family 25/70 L2VPN EVPN, receive true, send false)',
      '45 BGP Role, malformed: length 2 instead of 1',
      expect.stringMatching(
        /^fault at 45: .* \[open-capability\] → session-reset \(2\/0 OPEN Message Error\/Unspecific\)$/,
      ),
      'outcome: session-reset',
    ]);
  });

  it.each([
    ['0016 03 0602 00', ['19 6/2 Cease/Administrative Shutdown', '21 data']],
    ['0019 03 0602 03627965', ['19 6/2 Cease/Administrative Shutdown', '21 says "bye"']],
    ['0017 03 0609 0400', ['19 6/9 Cease/Hard Reset', '21 encloses 4/0 Hold Timer Expired/Unspecific']],
    ['0017 05 0019 00 46', ['19 AFI 25', '21 subtype 0, Request', '22 SAFI 70: 25/70 L2VPN EVPN']],
    ['0013 04', []],
    ['001a 02 0000 0003 800f00', ['19 Withdrawn Routes Length 0', '21 Total Path Attribute Length 3']],
    [
      '001d 02 0000 0006 800f03 001946',
      [
        '19 Withdrawn Routes Length 0',
        '21 Total Path Attribute Length 6',
        '23 MP_UNREACH_NLRI (optional, non-transitive), 3 octets',
        '26 AFI/SAFI 25/70 L2VPN EVPN',
        '29 no routes',
        '29 End-of-RIB of 25/70 L2VPN EVPN',
      ],
    ],
  ])('explains %s', async (octets, lines) => {
    const { out } = await run([marker + octets]);
    expect(gist(out).slice(3, 3 + lines.length)).toEqual(lines);
  });

  it('explains attributes and EVPN routes without a message', async () => {
    const block = await run(['--kind', 'attribute-block', '40:02:04:63:01:fd:e8']);
    expect(block.code).toBe(1);
    expect(gist(block.out)).toEqual([
      '0 AS_PATH (well-known, transitive), 4 octets',
      '3 as it stands',
      'fault at 3: segment type 99 is not defined [as-path-segment-type] → treat-as-withdraw ' +
        '(3/11 UPDATE Message Error/Malformed AS_PATH), RFC 7606 §7.2',
      'outcome: treat-as-withdraw',
    ]);
    const nlri = await run([
      '--kind',
      'nlri-evpn',
      '--add-path',
      '00000007 0311 0001c00002010001 00000000 20 c0000201',
    ]);
    expect(gist(nlri.out)[0]).toBe('0 7 [3]:[192.0.2.1:1]:[0]:[32]:[192.0.2.1]');
  });

  it('tells the width of AS numbers from the octets, or is told', async () => {
    const block = ['--kind', 'attribute-block', '400206 0202 fde9 fdea'];
    expect(gist((await run(block)).out)[1]).toBe('3 AS_SEQUENCE 65001 65002');
    expect((await run(['--as-octets', '4', ...block])).code).toBe(1);
    expect((await run(['--as-octets', '2', ...block])).code).toBe(0);
    expect((await run(['--kind', 'attribute-block', '400202 0501'])).code).toBe(1);
  });

  it('tells two octets from AS4_PATH, which four would not bring with them', async () => {
    const block = ['--kind', 'attribute-block', '400200 c01106 0201 000186a0'];
    expect((await run(block)).code).toBe(0);
    const told = await run(['--as-octets', '4', ...block]);
    expect(told.code).toBe(0);
    expect(gist(told.out).slice(-2)).toEqual([
      'fault at 3: AS4_PATH from a speaker with four-octet AS numbers [attribute-as4] → ignore, RFC 6793 §6',
      'outcome: accept',
    ]);
    expect((await run(['--kind', 'attribute-block', '400206 0202 fde9fdea c01106 0501 000186a0'])).out).toContain(
      '[as4-path-segment-type]',
    );
  });

  it.each([['0x40 0x01 0x01 0x00'], ['40:01:01:00'], ['40-01-01-00'], ['4001.0100'], ['40, 01,\n 01, 00']])(
    'takes hexadecimal as people have it: %s',
    async (text) => {
      expect(gist((await run(['--kind', 'attribute-block', text])).out)[1]).toBe('3 igp');
      expect(gist((await run(['--kind', 'attribute-block', '-'], text)).out)[1]).toBe('3 igp');
    },
  );

  it.each([
    ['open', `${marker}001d01 04fde8005ac0a80101 00`, '19 version 4'],
    ['capability', '010400190046 0200', '0 Multiprotocol Extensions: 25/70 L2VPN EVPN', '6 Route Refresh'],
    ['ext-community', '030c000000000008', '0 ET:8, encapsulation 8 VXLAN'],
    ['rd', '0001c00002010001', '0 RD 192.0.2.1:1, type 1'],
    ['esi', '00000000000000000000', '0 ESI 0, single-homed'],
    ['nlri-rtc', '00', '0 default'],
    ['nlri-evpn', '0311 0001c00002010001 00000000 20 c0000201', '0 [3]:[192.0.2.1:1]:[0]:[32]:[192.0.2.1]'],
    ['nlri-other', '0311 0001c00002010001 00000000 20 c0000201', '0 [3]:[192.0.2.1:1]:[0]:[32]:[192.0.2.1]'],
  ])('explains what is of --kind %s', async (kind, octets, ...lines) => {
    const { code, out } = await run(['--kind', kind, octets]);
    expect(gist(out)).toEqual(expect.arrayContaining([...lines, 'outcome: accept']));
    expect(code).toBe(0);
  });

  it.each([
    ['capability', '0104'],
    ['capability', '0901ff'],
    ['ext-community', '030c'],
    ['rd', '00'],
    ['esi', '00'.repeat(20)],
  ])('refuses what is no good %s: %s', async (kind, octets) => {
    const { code, out } = await run(['--kind', kind, octets]);
    expect([code, out]).toEqual([1, expect.stringMatching(/fault at/)]);
  });

  it('explains several messages one after the other', async () => {
    const keepalive = `${marker}001304`;
    const notification = `${marker}0015030602`;
    const { code, out } = await run([keepalive, notification, `${marker}001309`]);
    expect(gist(out).filter((line) => /^message|^18|^19|^outcome/.test(line))).toEqual([
      'message 1 of 3, 19 octets',
      '18 type 4, Keepalive',
      'outcome: accept',
      'message 2 of 3, 21 octets',
      '18 type 3, Notification',
      '19 6/2 Cease/Administrative Shutdown',
      'outcome: accept',
      'message 3 of 3, 19 octets',
      expect.stringMatching(/^18 type 9/),
      'outcome: session-reset',
    ]);
    expect(code).toBe(1);
    const json = JSON.parse((await run(['--json', keepalive, notification])).out);
    expect(json).toMatchObject([{ outcome: 'accept' }, { outcome: 'accept' }]);
  });

  it.each([
    ['a length that is too small', `${marker}001304 00`],
    ['octets behind it that are no message', `${marker}001304 ${'ab'.repeat(19)}`],
  ])('keeps one message with %s whole', async (_, octets) => {
    expect((await run([octets])).out).toMatch(/length 19, but \d+ octets are there/);
  });

  it('names no NOTIFICATION for a subcode that is none', async () => {
    const { out } = await run([`${marker}0015030463`]);
    expect(gist(out).slice(-2)).toEqual([
      'fault at 19: error code 4 has no subcode 99 [notification-unrecognized] → session-reset',
      'outcome: session-reset',
    ]);
    expect(JSON.parse((await run(['--json', `${marker}0015030463`])).out)).toMatchObject({ faults: [{ error: null }] });
  });

  it('says how long a message is at least', async () => {
    expect((await run(['ffff'])).out).toContain('2 octets are no message, whose header alone has 19');
  });

  it('gives one object where that is asked for', async () => {
    const { out, code } = await run(['--json', '--kind', 'attribute-block', '400101 07 c06302 abcd']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      outcome: 'treat-as-withdraw',
      faults: [
        {
          code: 'origin-value',
          outcome: 'treat-as-withdraw',
          offset: 3,
          reason: expect.any(String),
          error: { code: 3, subcode: 6 },
          section: 'RFC 7606 §7.1',
        },
      ],
      decoded: { unknown: [{ flags: 192, code: 99, value: 'abcd' }] },
      rows: [
        { start: 0, end: 3, depth: 0, hex: '400101', text: 'ORIGIN (well-known, transitive), 1 octets' },
        { start: 3, end: 4, depth: 1, hex: '07', text: 'as it stands' },
        { start: 4, end: 7, depth: 0, hex: 'c06302', text: 'attribute 99 (optional, transitive), 2 octets' },
        { start: 7, end: 9, depth: 1, hex: 'abcd', text: 'as it stands' },
      ],
    });
    expect(JSON.parse((await run(['--json', 'ff'])).out)).toMatchObject({ outcome: 'session-reset', decoded: null });
  });

  it('knows inside from outside', async () => {
    const block = ['--kind', 'attribute-block', '400504 00000064'];
    expect((await run(block)).code).toBe(0);
    expect((await run(['--session', 'ebgp', ...block])).code).toBe(1);
  });

  it.each([
    [['--kind', 'packet', '00'], '--kind is none of'],
    [['--family', 'ipv5-unicast', '00'], '--family ipv5-unicast is no address family'],
    [['--family', 'ipv4-evpm', '00'], '--family ipv4-evpm is no address family'],
    [['--family', '65536/1', '00'], '--family 65536/1 is no address family'],
    [['--family', '1/256', '00'], '--family 1/256 is no address family'],
    [['--session', 'mine', '00'], '--session is ibgp or ebgp'],
    [['--as-octets', '3', '00'], '--as-octets is 2 or 4'],
    [['00 0x', 'g1'], '"g" at character 7 is no hexadecimal digit'],
    [['001'], '3 hexadecimal digits are no whole number of octets'],
    [['0x'], 'no octets are given'],
    [[], 'no octets are given'],
    [['-'], 'no octets are given'],
    [['--what'], "Unknown option '--what'"],
    [['--pcap', 'x', '--jsonl'], '--pcap and --jsonl read different things'],
    [['--jsonl', '00'], '--jsonl takes no HEX besides'],
    [['--pcap', 'x', '00'], '--pcap FILE takes no HEX besides'],
    [['--kind', 'toString', '00'], '--kind is none of'],
  ])('refuses %j', async (args, reason) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(reason);
  });

  it('says what it can do', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^usage: bgp-ts decode /);
  });
});

describe('bgp-ts decode --jsonl', () => {
  it('answers each line, and names those that are no question', async () => {
    const input = [
      '{"id":"a","kind":"rd","hex":"0001c00002010001"}',
      '',
      'nonsense',
      '7',
      '{"kind":"rd","hex":""}',
      '{"id":"b","kind":"?","hex":""}',
      '{"id":"c","kind":"rd","hex":"0"}',
      '{"id":"d","kind":"esi","hex":"00"}',
      '{"id":"e","kind":"nlri-other","hex":"00","context":{"family":"ipx"}}',
    ].join('\n');
    const { code, out, err } = await run(['--jsonl'], input);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { id: 'a', outcome: 'accept', reencoded: '0001c00002010001' },
      { id: 'b', outcome: 'session-reset', reason: expect.stringMatching(/^kind is none of message, open/) },
      { id: 'c', outcome: 'session-reset', reason: 'hex is not hexadecimal' },
      { id: 'd', outcome: 'treat-as-withdraw' },
      { id: 'e', outcome: 'session-reset', reason: '"ipx" is no address family' },
    ]);
    expect(
      err
        .trim()
        .split('\n')
        .map((line) => line.replace('bgp-ts decode: ', '')),
    ).toEqual([
      'not JSON',
      'not an object',
      'no id',
      expect.stringMatching(/^b: kind is none of message, open/),
      'c: hex is not hexadecimal',
      'e: "ipx" is no address family',
    ]);
    expect(code).toBe(2);
  });

  it('gives outcome and NOTIFICATION of a message', async () => {
    expect(await ask({ kind: 'message', hex: `${marker}001304` })).toEqual({
      id: 'x',
      outcome: 'accept',
      reencoded: `${marker}001304`,
    });
    expect(await ask({ kind: 'message', hex: `${marker}001309` })).toEqual({
      id: 'x',
      outcome: 'session-reset',
      error: { code: 1, subcode: 3 },
    });
  });

  it('names no NOTIFICATION for a NOTIFICATION that is wrong', async () => {
    expect(await ask({ kind: 'message', hex: `${marker}0015030463` })).toEqual({ id: 'x', outcome: 'session-reset' });
  });

  it('gives EVPN routes in the order in which they stand', async () => {
    const type3 = (last: string) => `03110001c000020100010000000020c00002${last}`;
    const unreach = `800f16001946${type3('02')}`;
    const reach = `800e1c00194604c000020100${type3('01')}`;
    const originators = async (hex: string) => {
      const { evpn } = await ask({ kind: 'attribute-block', hex });
      return evpn.map((route: { originator: string }) => route.originator);
    };
    expect(await originators(unreach + reach)).toEqual(['192.0.2.2', '192.0.2.1']);
    expect(await originators(reach + unreach)).toEqual(['192.0.2.1', '192.0.2.2']);
    expect((await ask({ kind: 'nlri-evpn', hex: type3('01') })).evpn).toEqual([
      { type: 3, rd: '192.0.2.1:1', etag: 0, originator: '192.0.2.1' },
    ]);
  });

  it.each([
    ['nlri-rtc', '00', {}],
    ['nlri-other', '2020010db8', { family: 'ipv6-unicast' }],
    ['nlri-other', '0000000718c63364', {}],
    ['nlri-other', '0301050a', { family: 'ipv4 flow' }],
    ['nlri-other', '0000000101000102abcd', { family: '1/85', addpath: true }],
    ['nlri-other', '00000001080a', { family: 'ipv4-unicast', addpath: true }],
    ['nlri-other', '00000001080a', { family: 'ipv4-unicast', addpath: { ipv4: true, ipv6: false } }],
    ['nlri-other', '00000001080a', { family: 'IPv4 Unicast', addpath: ['ipv6-unicast', 'ipv4_unicast'] }],
    ['nlri-other', '080a', { family: '1/1', addpath: ['ipv6'] }],
    ['attribute-block', '40010100400304c0000201', { has_nlri: false }],
    ['attribute-block', '400304c0000201', {}],
    ['attribute-block', '40010100400200', {}],
    ['attribute-block', '40010100400200400304c0000201', { has_nlri: true }],
    ['ext-community', '030c0000000000080002fde80000000a', {}],
    ['esi', '00010203040506070809', {}],
    ['capability', '010400190046', {}],
    ['capability', '0206010400190046', { form: 'whole Optional Parameters block' }],
    ['capability', '00010400010002', { form: 'dynamic CAPABILITY message body (type 6)' }],
    ['capability', '080206010400190046', { form: 'Optional Parameters block including its length octet' }],
  ])('%s %s comes back', async (kind, hex, context) => {
    expect(await ask({ kind, hex, context })).toMatchObject({ outcome: 'accept', reencoded: hex });
  });

  it.each([
    ['nlri-other', '21', {}],
    ['nlri-other', '0000000718c63364', { addpath: false }],
    ['nlri-other', '210000000000', {}],
    ['nlri-other', '2100000000', {}],
    ['nlri-evpn', '020100', {}],
    ['capability', '0001040001000200', { form: 'dynamic CAPABILITY message body (type 6)' }],
    ['ext-community', '030c', {}],
    ['ext-community', '', {}],
    ['rd', '00'.repeat(16), {}],
    ['capability', '0104', {}],
    ['attribute-block', '40050400000064', { session: 'ebgp' }],
    ['attribute-block', '4002060202fde9fdea', { asn4: true }],
    ['attribute-block', '40010100400304c0000201', { has_nlri: true }],
    ['attribute-block', '40010100400304c0000201', {}],
    ['capability', '0901ff', {}],
    ['attribute-block', '40010100400200', { has_nlri: true }],
  ])('%s %j is not accepted', async (kind, hex, context) => {
    expect((await ask({ kind, hex, context })).outcome).not.toBe('accept');
  });
});
