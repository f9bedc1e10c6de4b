import { styleText } from 'node:util';

type Style = (text: string) => string;

/** Colours that mean something; plain text where there is no terminal, or the user wants none. */
export interface Paint {
  readonly good: Style;
  readonly bad: Style;
  readonly unsure: Style;
  readonly strong: Style;
  readonly faint: Style;
}

const style =
  (format: Parameters<typeof styleText>[0]): Style =>
  (text) =>
    styleText(format, text, { validateStream: false });

const plain: Style = (text) => text;

export function createPaint(colour: boolean): Paint {
  if (!colour) return { good: plain, bad: plain, unsure: plain, strong: plain, faint: plain };
  return {
    good: style('green'),
    bad: style('red'),
    unsure: style('yellow'),
    strong: style('bold'),
    faint: style('dim'),
  };
}
