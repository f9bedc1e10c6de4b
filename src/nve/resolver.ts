/**
 * Pull mode of one network: frames that the kernel does not know a place for come here, wait while the NVA is asked, and go
 * on when the answer is in the kernel. A first packet is late, and lost only where there is no room or no such address.
 */
import type { Mapping } from '../nva/mapping.ts';
import { answerTo, type Question, questionOf } from './frame.ts';

export interface ResolverModules {
  /** The mapping of an address, when it is in the kernel; undefined when nobody has it, or none can say. */
  readonly resolve: (address: string) => Promise<Mapping | undefined>;
  /** Sends a frame into the network's bridge. */
  readonly send: (frame: Uint8Array) => void;
}

/** Frames that wait for one address, addresses that are waited for, and octets of all; what comes beyond is dropped. */
const MOST_FOR_ADDRESS = 16;
const MOST_ADDRESSES = 4096;
const MOST_OCTETS = 4 * 1024 * 1024;

interface Waiting {
  readonly frame: Uint8Array;
  readonly question: Question;
}

export class Resolver {
  readonly #modules: ResolverModules;
  readonly #waiting = new Map<string, Waiting[]>();
  #octets = 0;
  /** Frames that there was no room for, and those whose address nobody has. */
  readonly counts = { dropped: 0, unknown: 0, sent: 0 };

  constructor(modules: ResolverModules) {
    this.#modules = modules;
  }

  /** A frame that nobody took; its octets may be used again afterwards. */
  received(frame: Uint8Array): void {
    const question = questionOf(frame);
    if (question === undefined) return;
    const { address } = question;
    const before = this.#waiting.get(address);
    const full = before === undefined ? this.#waiting.size >= MOST_ADDRESSES : before.length >= MOST_FOR_ADDRESS;
    if (full || this.#octets + frame.length > MOST_OCTETS) {
      this.counts.dropped++;
      return;
    }
    this.#octets += frame.length;
    const entry = { frame: frame.slice(), question };
    if (before !== undefined) before.push(entry);
    else {
      this.#waiting.set(address, [entry]);
      this.#ask(address);
    }
  }

  #ask(address: string): void {
    this.#modules.resolve(address).then(
      (mapping) => this.#answered(address, mapping),
      () => this.#answered(address, undefined),
    );
  }

  #answered(address: string, mapping: Mapping | undefined): void {
    const entries = this.#waiting.get(address) ?? [];
    this.#waiting.delete(address);
    for (const { frame, question } of entries) {
      this.#octets -= frame.length;
      const mac = mapping?.kind === 'host' ? mapping.mac : undefined;
      // Whoever asks for an address of its own is not to hear that somebody has it.
      if (mac === undefined || (question.kind !== 'unicast' && question.from.mac === mac)) {
        this.counts.unknown++;
        continue;
      }
      this.#modules.send(question.kind === 'unicast' ? frame : answerTo(question, mac));
      this.counts.sent++;
    }
  }
}
