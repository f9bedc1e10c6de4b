import { type Colour, painter } from '../lab/run/report.ts';

/**
 * What the demo writes on: headings, lines that stay, and one line that changes while something is waited for. On
 * anything that is no terminal there is no colour and no changing line, so that a log of it reads well.
 */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly paint: (colour: Colour, text: string) => string;
  #passing = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.paint = painter(out);
  }

  heading(number: number, text: string): void {
    this.line('');
    this.line(`${this.paint('cyan', `${number}.`)} ${this.paint('bold', text)}`);
  }

  line(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  good(text: string): void {
    this.line(`   ${this.paint('green', '✓')} ${text}`);
  }

  bad(text: string): void {
    this.line(`   ${this.paint('red', '✗')} ${text}`);
  }

  /** What it means, for those who see it for the first time. */
  aside(text: string): void {
    this.line(`   ${this.paint('dim', text)}`);
  }

  /** A command that the person at the keyboard could have typed. */
  command(text: string): void {
    this.line(`   ${this.paint('yellow', '$')} ${text}`);
  }

  block(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.line(`     ${line}`);
  }

  /** The line that changes; gone with the next one that stays. */
  passing(text: string): void {
    if (!this.#out.isTTY) return;
    this.#clear();
    const width = this.#out.columns > 0 ? this.#out.columns - 1 : 79;
    this.#out.write(`   ${this.paint('dim', text.slice(0, width - 3))}`);
    this.#passing = true;
  }

  #clear(): void {
    if (!this.#passing) return;
    this.#out.write('\r\u001b[2K');
    this.#passing = false;
  }
}
