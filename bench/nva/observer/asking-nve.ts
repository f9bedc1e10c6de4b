/**
 * An NVE that does nothing but ask. What it hears is put aside with the moment at which it came, and read when the measurement
 * is over: a client that decodes and keeps ten thousand answers a second collects garbage for milliseconds at a time, and who
 * shares its thread would count these as the NVA's.
 */
import type { Socket } from 'node:net';
import type { Resolution } from '../../../src/nve-protocol/client/index.ts';
import { decodeFromNva, encodeMessage } from '../../../src/nve-protocol/wire/codec.ts';
import { Framer } from '../../../src/nve-protocol/wire/framer.ts';
import { protocolLimits } from '../../../src/nve-protocol/wire/limits.ts';
import type { NvaMessage, NveMessage } from '../../../src/nve-protocol/wire/registry.ts';
import type { Namespace } from '../../../test/system/support/namespace.ts';
import { until } from '../../../test/system/support/until.ts';
import { nveProtocolAddress, nveToken } from './push-nve.ts';

/** Octets of what was heard that lie in one piece. */
const BLOCK = 1 << 20;
const JOIN = 0;

/** Moments are those of performance.now(). */
export interface HeardAnswer {
  /** What was given with the question. */
  readonly subject: number;
  readonly asked: number;
  readonly heard: number;
  /** Undefined where the NVA refused to answer. */
  readonly answer: Resolution | undefined;
}

export class AskingNve {
  readonly #network: string;
  readonly #socket: Socket;
  readonly #subjects: number[] = [];
  readonly #asked: number[] = [];
  #questions: Uint8Array[] = [];
  /** What was heard and is not read yet: octets, and for each piece its end and when it came. */
  #heard: { readonly bytes: Uint8Array; length: number; readonly ends: number[]; readonly moments: number[] }[] = [];
  readonly #framer = new Framer(protocolLimits.nvePayload);
  #joined = false;
  #trouble: string | undefined;

  /** Resolves when it may ask. */
  static async join(name: string, tunnelAddress: string, network: string, namespace: Namespace): Promise<AskingNve> {
    const nve = new AskingNve(network, namespace.connect(nveProtocolAddress));
    const identity = { name, tunnelAddress, encapsulations: ['vxlan'] } as const;
    nve.#send({ type: 'hello', versions: [1], ...identity, token: nveToken });
    nve.#send({ type: 'join', id: JOIN, network, mode: 'pull' });
    await until(() => nve.answers().length === 0 && nve.#joined, { within: 20_000, what: `${name} to join` });
    return nve;
  }

  private constructor(network: string, socket: Socket) {
    this.#network = network;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Uint8Array) => this.#keep(bytes, performance.now()));
    socket.on('error', (error) => {
      this.#trouble = error.message;
    });
    socket.on('close', () => {
      this.#trouble ??= 'its connection was closed';
    });
  }

  /** Asks for an address; questions of one turn are written together. */
  ask(address: string, subject: number): void {
    const id = this.#asked.push(performance.now());
    this.#subjects.push(subject);
    this.#questions.push(encodeMessage({ type: 'resolve', id, network: this.#network, address }));
    if (this.#questions.length === 1) queueMicrotask(() => this.#flush());
  }

  /** Those that have come since this was called last. Throws when no more can come. */
  answers(): readonly HeardAnswer[] {
    const answers: HeardAnswer[] = [];
    const heard = this.#heard;
    this.#heard = [];
    for (const { bytes, ends, moments } of heard) {
      for (const [i, end] of ends.entries()) {
        this.#framer.push(bytes.subarray(ends[i - 1] ?? 0, end), (chunk, from, to) => {
          const decoded = decodeFromNva(chunk, from, to);
          if (!decoded.ok) throw new Error(`the NVA says what is none of its messages: ${decoded.fault.reason}`);
          this.#read(decoded.value, moments[i] as number, answers);
        });
      }
    }
    if (this.#trouble !== undefined) throw new Error(`an NVE that asks: ${this.#trouble}`);
    return answers;
  }

  stop(): void {
    this.#socket.destroy();
  }

  #read(message: NvaMessage, heard: number, answers: HeardAnswer[]): void {
    if (message.type === 'joined') this.#joined = true;
    if (message.type === 'error' && (message.fatal || message.id === undefined)) this.#trouble ??= message.reason;
    if (message.type !== 'answer' && message.type !== 'error') return;
    const [subject, asked] = [this.#subjects[(message.id ?? 0) - 1], this.#asked[(message.id ?? 0) - 1]];
    if (subject === undefined || asked === undefined) return;
    answers.push({ subject, asked, heard, answer: message.type === 'answer' ? message : undefined });
  }

  #flush(): void {
    const questions = this.#questions;
    this.#questions = [];
    this.#socket.write(Buffer.concat(questions));
  }

  #send(message: NveMessage): void {
    this.#socket.write(encodeMessage(message));
  }

  #keep(bytes: Uint8Array, moment: number): void {
    let last = this.#heard.at(-1);
    if (last === undefined || last.length + bytes.length > last.bytes.length) {
      last = { bytes: new Uint8Array(Math.max(BLOCK, bytes.length)), length: 0, ends: [], moments: [] };
      this.#heard.push(last);
    }
    last.bytes.set(bytes, last.length);
    last.length += bytes.length;
    last.ends.push(last.length);
    last.moments.push(moment);
  }
}
