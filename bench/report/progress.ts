/** What is going on: one line that changes on a terminal, a line for each new thing elsewhere. */
import { seconds } from './units.ts';

const CLEAR_LINE = '\r\x1b[K';

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #begun = performance.now();
  #last = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    const line = `[${seconds((performance.now() - this.#begun) / 1000)}] ${text}`;
    if (this.#stream.isTTY) this.#stream.write(`${CLEAR_LINE}${line.slice(0, this.#stream.columns - 1)}`);
    else this.#stream.write(`${line}\n`);
  }

  /** Makes room for something else. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write(CLEAR_LINE);
    this.#last = '';
  }
}
