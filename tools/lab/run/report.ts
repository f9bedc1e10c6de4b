import { styleText } from 'node:util';

/** Where progress goes: one line for each step. Colour is for terminals only. */
export type Report = {
  step(title: string): void;
  note(text: string): void;
  done(text: string): void;
  bad(text: string): void;
};

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** Paints for the given stream: only a terminal that was not told otherwise (NO_COLOR) gets escape codes. */
export function painter(stream: NodeJS.WriteStream): (colour: Colour, text: string) => string {
  const { NO_COLOR } = process.env;
  const plain = !stream.isTTY || (NO_COLOR ?? '') !== '';
  return (colour, text) => (plain ? text : styleText(colour, text, { validateStream: false }));
}

export function streamReport(stream: NodeJS.WriteStream): Report {
  const paint = painter(stream);
  return {
    step: (title) => stream.write(`${paint('cyan', '·')} ${title}\n`),
    note: (text) => stream.write(`${paint('yellow', '!')} ${text}\n`),
    done: (text) => stream.write(`${paint('green', '✓')} ${text}\n`),
    bad: (text) => stream.write(`${paint('red', '✗')} ${text}\n`),
  };
}

export const silent: Report = { step() {}, note() {}, done() {}, bad() {} };
