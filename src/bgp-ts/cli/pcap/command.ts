/** `bgp-ts decode --pcap`: every BGP message of a capture. */

import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { Capture } from './capture.ts';
import { readCapture } from './capture-file.ts';
import { type PrintOptions, printEvent } from './print.ts';

export interface PcapOptions extends PrintOptions {
  /** Path, or `-` for standard input. */
  readonly file: string;
  readonly port: number;
}

export interface PcapStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

/** Gives the exit code: 0 all was read and accepted, 1 something was not, 2 there is no capture to read. */
export async function decodeCapture(options: PcapOptions, { stdin, stdout, stderr }: PcapStreams): Promise<number> {
  let good = true;
  let messages = 0;
  let lines: string[] = [];
  const capture = new Capture(options.port, (event) => {
    const printed = printEvent(event, options);
    lines.push(...printed.lines);
    if (event.kind === 'message') messages++;
    good &&= printed.good;
  });
  const flush = async () => {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    lines = [];
    if (!stdout.write(text)) await once(stdout, 'drain');
  };
  try {
    const source = options.file === '-' ? stdin : createReadStream(options.file);
    for await (const item of readCapture(source)) {
      if ('reason' in item) {
        stderr.write(`bgp-ts decode: ${options.file} at octet ${item.offset}: ${item.reason}\n`);
        if (capture.packets === 0) return 2;
        good = false;
      } else {
        capture.push(item);
        await flush();
      }
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    // whoever reads the output has seen enough
    if (error.code === 'EPIPE') return good ? 0 : 1;
    const reason = reasons[error.code ?? ''] ?? error.message;
    stderr.write(`bgp-ts decode: ${options.file} cannot be read: ${reason}\n`);
    return 2;
  }
  capture.end();
  await flush();
  const passed = [...capture.passedOver].map(([reason, count]) => `${count} ${reason}`);
  const others = passed.length === 0 ? '' : `; passed over: ${passed.join(', ')}`;
  stderr.write(`${messages} messages in ${capture.packets} packets${others}\n`);
  return good ? 0 : 1;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
