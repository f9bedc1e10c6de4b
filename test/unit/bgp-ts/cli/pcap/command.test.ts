import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../../../../src/bgp-ts/cli/decode.ts';
import { concat } from '../../../../../src/bgp-ts/wire/bytes.ts';
import { hex } from '../../wire/hex.ts';
import { keepalive, message, open, pcap, reply, segment } from './build.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capture-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], input: Uint8Array = new Uint8Array(0)) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const texts = { out: '', err: '' };
  out.on('data', (chunk) => {
    texts.out += String(chunk);
  });
  err.on('data', (chunk) => {
    texts.err += String(chunk);
  });
  const code = await decode(args, { stdin: Readable.from([input]), stdout: out, stderr: err });
  return { code, ...texts, lines: texts.out.split('\n').filter(Boolean) };
}

const capture = (frames: readonly Uint8Array[], ...options: string[]) => run(['--pcap', '-', ...options], pcap(frames));

const evpn = '010400190046';
const asn4 = (asn: string) => `4104${asn}`;
const addPath = (mode: string) => `450400194${mode === 'both' ? '603' : '601'}`;
const type3 = (before = '') => `${before} 0311 0001c00002010001 00000000 20 c0000201`;

/** An UPDATE with one type-3 route and an AS_PATH of one AS. */
const update = (asPath: string, pathId = '') => {
  const nlri = hex(type3(pathId));
  const reach = `800e${(9 + nlri.length).toString(16).padStart(2, '0')} 001946 04 c0000201 00 ${type3(pathId)}`;
  const attributes = hex(`${reach} 400101 00 ${asPath} 400504 00000064`);
  return message(
    2,
    `0000 ${attributes.length.toString(16).padStart(4, '0')} ${Buffer.from(attributes).toString('hex')}`,
  );
};

describe('bgp-ts decode --pcap', () => {
  it('prints every message of a session, in order, with what its OPENs agree on', async () => {
    const left = open(65000, '192.0.2.1', evpn + asn4('0000fde8') + addPath('both'));
    const right = open(65000, '192.0.2.2', evpn + asn4('0000fde8') + addPath('receive'));
    const { code, lines, err } = await capture([
      reply({ sequence: 99, flags: 2 }),
      segment({ sequence: 499, flags: 0x12 }),
      reply({ sequence: 100, data: right }),
      segment({ sequence: 500, data: concat([left, keepalive]) }),
      // with path identifiers from left to right only
      segment({ sequence: 500 + left.length + 19, data: update('400206 0201 0000fde9', '00000007').subarray(0, 30) }),
      reply({ sequence: 100 + right.length, data: concat([keepalive, update('400200')]) }),
      segment({ sequence: 500 + left.length + 49, data: update('400206 0201 0000fde9', '00000007').subarray(30) }),
    ]);
    const [a, b] = ['192.0.2.1:179', '192.0.2.2:40000'];
    const t = (ms: number) => `2026-11-03T10:00:00.00${ms}000Z`;
    expect(lines).toEqual([
      `${t(2)}  ${b} → ${a}  Open  AS 65000, hold time 90 s, id 192.0.2.2, 25/70 L2VPN EVPN`,
      `${t(3)}  ${a} → ${b}  Open  AS 65000, hold time 90 s, id 192.0.2.1, 25/70 L2VPN EVPN`,
      `${t(3)}  ${a} → ${b}  Keepalive`,
      `${t(5)}  ${b} → ${a}  Keepalive`,
      `${t(5)}  ${b} → ${a}  Update  announces [3]:[192.0.2.1:1]:[0]:[32]:[192.0.2.1] via 192.0.2.1`,
      `${t(6)}  ${a} → ${b}  Update  announces 7 [3]:[192.0.2.1:1]:[0]:[32]:[192.0.2.1] via 192.0.2.1`,
    ]);
    expect(err).toBe('6 messages in 7 packets\n');
    expect(code).toBe(0);
  });

  it('takes the width of AS numbers from the OPENs, and from the octets where there are none', async () => {
    const two = update('400204 0201 fde9');
    const [left, right] = [open(65000, '192.0.2.1', evpn), open(65000, '192.0.2.2', evpn + asn4('0000fde8'))];
    const session = [
      segment({ sequence: 0, data: left }),
      reply({ sequence: 0, data: right }),
      segment({ sequence: left.length, data: two }),
    ];
    expect((await capture(session)).code).toBe(0);
    expect((await capture([segment({ sequence: 0, data: two })])).code).toBe(0);
    // both speak of four octets
    const four = open(65000, '192.0.2.1', evpn + asn4('0000fde8'));
    const wrong = await capture([
      segment({ sequence: 0, data: four }),
      reply({ sequence: 0, data: right }),
      segment({ sequence: four.length, data: two }),
    ]);
    expect(wrong.code).toBe(1);
    expect(wrong.lines.slice(-2)).toEqual([
      expect.stringMatching(/ Update {2}announces .* \(treat-as-withdraw\)$/),
      expect.stringMatching(/^ {2}fault: .* \[as-path-segment-overrun\]$/),
    ]);
  });

  it('puts streams together, and says what is missing', async () => {
    const data = concat([keepalive, message(2, '0000 0000'), message(5, '0019 00 46'), keepalive]);
    const at = (start: number, end: number) => segment({ sequence: 1000 + start, data: data.subarray(start, end) });
    const whole = await capture([
      segment({ sequence: 999, flags: 2 }),
      at(10, 30),
      at(0, 12),
      at(0, 12),
      at(25, data.length),
    ]);
    const types = (lines: readonly string[]) => lines.map((line) => line.split('  ').slice(2).join('  '));
    expect(types(whole.lines)).toEqual([
      'Keepalive',
      'Update  End-of-RIB of 1/1 IPv4 unicast',
      'RouteRefresh  25/70 L2VPN EVPN, subtype 0',
      'Keepalive',
    ]);
    expect(whole.code).toBe(0);

    const cut = await capture([segment({ sequence: 999, flags: 2 }), at(0, 25), at(30, data.length)]);
    expect(types(cut.lines)).toEqual([
      'Keepalive',
      'gap: 5 octets are not in the capture',
      'skipped: 18 octets passed over up to here',
      'RouteRefresh  25/70 L2VPN EVPN, subtype 0',
      'Keepalive',
    ]);
    expect(cut.code).toBe(1);
  });

  it('tells connections between the same ports apart', async () => {
    const session = (initial: number) => [
      segment({ sequence: initial, flags: 2 }),
      segment({ sequence: initial, flags: 2 }),
      segment({ sequence: initial + 1, data: keepalive }),
    ];
    const { lines, code } = await capture([...session(7), ...session(90000)]);
    expect([lines.length, code]).toEqual([2, 0]);
  });

  it('counts what it passes over, and looks at one port', async () => {
    const elsewhere = (port: number) => segment({ sequence: 1, fromPort: port, toPort: 5, data: keepalive });
    const frames = [elsewhere(1179), elsewhere(179), hex('00'), elsewhere(1179)];
    const well = await capture(frames);
    expect(well.err).toBe('1 messages in 4 packets; passed over: 2 not on port 179, 1 not IP\n');
    const other = await capture(frames, '--port', '1179');
    expect(other.err).toContain('1 messages in 4 packets; passed over: 1 not on port 1179, 1 not IP');
  });

  it('writes IPv6 ends in brackets, and objects where these are asked for', async () => {
    const frames = [
      segment({ sequence: 1, from: '2001:db8::1', to: '2001:db8::2', data: message(3, '0602 03627965') }),
    ];
    const { lines } = await capture([...frames, segment({ sequence: 1, data: keepalive.subarray(0, 5) })], '--json');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: '2026-11-03T10:00:00.000000Z',
        from: '[2001:db8::1]:179',
        to: '[2001:db8::2]:40000',
        type: 'Notification',
        length: 25,
        outcome: 'accept',
        summary: '6/2 Cease/Administrative Shutdown, says "bye"',
        faults: [],
        decoded: { kind: 'notification', value: { code: 6, subcode: 2, data: '03627965', communication: 'bye' } },
      },
      {
        time: '2026-11-03T10:00:00.001000Z',
        from: '192.0.2.1:179',
        to: '192.0.2.2:40000',
        type: 'skipped',
        octets: 5,
      },
    ]);
  });

  it('explains each field when told to', async () => {
    const frames = [segment({ sequence: 1, data: keepalive })];
    expect((await capture(frames, '--verbose')).lines.slice(1)).toEqual([
      '     0  ffffffffffffffffffff…  marker',
      '    16  0013                   length 19',
      '    18  04                     type 4, Keepalive',
      'outcome: accept',
    ]);
    const [line] = (await capture(frames, '--verbose', '--json')).lines;
    expect(JSON.parse(line).rows).toEqual([
      { start: 0, end: 16, depth: 0, hex: 'ff'.repeat(16), text: 'marker' },
      { start: 16, end: 18, depth: 0, hex: '0013', text: 'length 19' },
      { start: 18, end: 19, depth: 0, hex: '04', text: 'type 4, Keepalive' },
    ]);
  });

  it('reads a file, also one that is cut, and says what it cannot read', async () => {
    const file = join(folder, 'a.pcap');
    writeFileSync(file, pcap([segment({ sequence: 1, data: keepalive }), segment({ sequence: 20, data: keepalive })]));
    expect((await run(['--pcap', file])).lines.length).toBe(2);
    writeFileSync(file, pcap([segment({ sequence: 1, data: keepalive }), segment({ sequence: 20 })]).subarray(0, -1));
    const cut = await run(['--pcap', file]);
    expect([cut.code, cut.lines.length]).toEqual([1, 1]);
    expect(cut.err).toContain(`${file} at octet 99: a record is cut`);
    writeFileSync(file, 'text');
    expect(await run(['--pcap', file])).toMatchObject({
      code: 2,
      err: `bgp-ts decode: ${file} at octet 0: this is neither pcap nor pcapng\n`,
    });
    const gone = await run(['--pcap', join(folder, 'gone')]);
    expect(gone.code).toBe(2);
    expect(gone.err).toContain('cannot be read: there is no such file');
  });

  it('ends quietly when nobody reads on', async () => {
    const [out, err] = [new PassThrough({ highWaterMark: 1 }), new PassThrough()];
    let said = '';
    err.on('data', (chunk) => {
      said += String(chunk);
    });
    const frames = Array.from({ length: 50 }, (_, i) => segment({ sequence: 19 * i, data: keepalive }));
    const ended = decode(['--pcap', '-'], { stdin: Readable.from([pcap(frames)]), stdout: out, stderr: err });
    out.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect([await ended, said]).toEqual([0, '']);
  });

  it.each(['0', '65536', 'bgp'])('refuses port %s', async (port) => {
    const { code, err } = await capture([], '--port', port);
    expect(code).toBe(2);
    expect(err).toContain('--port is a number from 1 to 65535');
  });
});
