/**
 * What is fuzzed: a stream of octets and the context in which it is decoded. Kept in files as lines of text: comments
 * behind `#`, `context: NAME`, and the octets in hexadecimal over any number of lines.
 */
import { fromHex, toHex } from '../../src/bgp-ts/wire/bytes.ts';
import { Family } from '../../src/bgp-ts/wire/constants.ts';
import { type DecodeContext, defaultContext } from '../../src/bgp-ts/wire/context.ts';

const everyFamily = [257, 513, 258, 514, 260, 516, ...Object.values(Family)];

/** The contexts that make a difference to some decoder. */
export const contexts = {
  ibgp: defaultContext,
  'ibgp-extended': { ...defaultContext, extendedMessages: true },
  'ibgp-2octet': { ...defaultContext, asn4: false },
  ebgp: { ...defaultContext, session: 'ebgp' },
  'ebgp-2octet': { ...defaultContext, session: 'ebgp', asn4: false },
  confed: { ...defaultContext, session: 'confed' },
  'add-path': {
    ...defaultContext,
    extendedMessages: true,
    addPath: new Set(everyFamily),
    enhancedRouteRefresh: true,
    extendedNextHop: new Set([Family.Ipv4Unicast, Family.Ipv4Vpn]),
  },
} as const satisfies Record<string, DecodeContext>;
export type ContextName = keyof typeof contexts;
export const contextNames = Object.keys(contexts) as ContextName[];

export interface Input {
  readonly context: ContextName;
  /** One message or several, whole or broken. */
  readonly bytes: Uint8Array;
}

/** The file of an input; `comment` says what it is. */
export function writeInput({ context, bytes }: Input, comment: string): string {
  const lines = toHex(bytes).match(/.{1,96}/g) ?? [];
  const comments = comment.split('\n').map((line) => `# ${line}`);
  return `${[...comments, `context: ${context}`, ...lines].join('\n')}\n`;
}

/** Undoes {@link writeInput}; undefined for a text that is no input. */
export function readInput(text: string): Input | undefined {
  let context: ContextName = 'ibgp';
  let hex = '';
  for (const line of text.replace(/#.*$/gm, '').split('\n')) {
    const named = /^\s*context:\s*(\S+)/.exec(line);
    if (named === null) hex += line.replace(/\s+/g, '');
    else if (Object.hasOwn(contexts, named[1])) context = named[1] as ContextName;
    else return undefined;
  }
  const bytes = fromHex(hex);
  return bytes && { context, bytes };
}
