/** A capture that dumpcap made of a real TCP connection, read by bgp-ts and by tshark: both find the same messages. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/bgp-ts/cli/decode.ts';
import { fromHex } from '../../src/bgp-ts/wire/bytes.ts';

const marker = 'ff'.repeat(16);
const bytes = (text: string) => {
  const found = fromHex(text.replace(/\s/g, ''));
  if (found === undefined) throw new Error(text);
  return found;
};

const capabilities = '0206 0104 0019 0046 0206 4104 0000fde8';
const open = bytes(`${marker} 002d 01 04 fde8 005a c0000201 10 ${capabilities}`);
const keepalive = bytes(`${marker} 0013 04`);
const type2 = '0221 0001c00002010001 00000000000000000000 00000000 30 0200000000aa 00 00000a';
const reach = (nlri: string, octets: number) =>
  `900e ${(9 + octets).toString(16).padStart(4, '0')} 001946 04 c0000201 00 ${nlri}`;
/** A hundred routes, so that messages and segments do not end together. */
const many = Array.from({ length: 100 }, (_, i) => type2.replace('aa', i.toString(16).padStart(2, '0'))).join('');
function update(nlri: string, octets: number): Uint8Array {
  const attributes = bytes(`${reach(nlri, octets)} 400101 00 400200 400504 00000064`);
  const length = (23 + attributes.length).toString(16).padStart(4, '0');
  const field = attributes.length.toString(16).padStart(4, '0');
  return Buffer.concat([bytes(`${marker} ${length} 02 0000 ${field}`), attributes]);
}
const cease = bytes(`${marker} 0015 03 0602`);
const stream = Buffer.concat([
  open,
  keepalive,
  update(many, 3500),
  update(type2, 35),
  keepalive,
  update(many, 3500),
  cease,
]);

let folder: string;
let server: Server;
let port: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capture-'));
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What dumpcap writes while both sides of a connection send the stream in small writes. */
async function capture(file: string, format: readonly string[]): Promise<void> {
  const args = ['-q', '-i', 'lo', '-f', `tcp port ${port}`, '-w', file, ...format];
  const dumpcap = spawn('dumpcap', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await said(dumpcap, 'File:');
  const accepted = once(server, 'connection');
  const here = connect(port, '127.0.0.1');
  const [there] = (await accepted) as [Socket];
  await Promise.all([exchange(here), exchange(there)]);
  // dumpcap writes what it has when it is told to end
  const captured = () => Number(execFileSync('stat', ['-c', '%s', file], { encoding: 'utf8' }));
  await expect.poll(captured, { timeout: 20_000 }).toBeGreaterThan(2 * stream.length);
  dumpcap.kill('SIGINT');
  await once(dumpcap, 'exit');
}

async function said(program: ChildProcess, text: string): Promise<void> {
  let heard = '';
  for await (const chunk of program.stderr ?? []) {
    heard += String(chunk);
    if (heard.includes(text)) return;
  }
  throw new Error(`dumpcap said ${heard}`);
}

/** Sends the stream in pieces and takes all that the other side sends. */
async function exchange(socket: Socket): Promise<void> {
  socket.setNoDelay(true);
  let taken = 0;
  const all = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      taken += chunk.length;
      if (taken >= stream.length) resolve();
    });
  });
  for (let at = 0; at < stream.length; at += 700) {
    await new Promise((resolve) => socket.write(stream.subarray(at, at + 700), resolve));
  }
  await all;
  socket.end();
}

/** Types of all messages from each port, in order, as tshark has them. */
function tsharkTypes(file: string): Record<string, number[]> {
  const fields = ['-T', 'fields', '-e', 'tcp.srcport', '-e', 'bgp.type'];
  const args = ['-r', file, '-d', `tcp.port==${port},bgp`, '-Y', 'bgp', ...fields];
  const types: Record<string, number[]> = {};
  for (const line of execFileSync('tshark', args, { encoding: 'utf8' }).split('\n').filter(Boolean)) {
    const [source, list = ''] = line.split('\t');
    types[source] ??= [];
    types[source].push(...list.split(',').filter(Boolean).map(Number));
  }
  return types;
}

const numbers: Record<string, number> = { Open: 1, Update: 2, Notification: 3, Keepalive: 4 };

async function ownTypes(file: string): Promise<{ types: Record<string, number[]>; code: number; err: string }> {
  const [out, error] = [new PassThrough(), new PassThrough()];
  let [text, err] = ['', ''];
  out.on('data', (chunk) => {
    text += String(chunk);
  });
  error.on('data', (chunk) => {
    err += String(chunk);
  });
  const args = ['--pcap', file, '--port', String(port), '--json'];
  const code = await decode(args, { stdin: Readable.from([]), stdout: out, stderr: error });
  const types: Record<string, number[]> = {};
  for (const line of text.split('\n').filter(Boolean)) {
    const { from, type } = JSON.parse(line);
    const source = String(from).split(':').at(-1) ?? '';
    types[source] ??= [];
    types[source].push(numbers[type] ?? -1);
  }
  return { types, code, err };
}

const missing = ['dumpcap', 'tshark'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const title = missing.length === 0 ? 'a capture of loopback' : `a capture of loopback: skipped, without ${missing}`;

describe.skipIf(missing.length > 0)(title, () => {
  it.each([
    ['pcapng', []],
    ['pcap', ['-P']],
  ])('%s: tshark and bgp-ts find the same messages', async (name, format) => {
    const file = join(folder, `${name}.${name}`);
    await capture(file, format);
    const { types, code, err } = await ownTypes(file);
    const expected = [1, 4, 2, 2, 4, 2, 3];
    expect(Object.values(types)).toEqual([expected, expected]);
    expect(tsharkTypes(file)).toEqual(types);
    expect(code).toBe(0);
    expect(err).toMatch(/^14 messages in \d+ packets\n$/);
  });
});
