/** What the schemas of the file's parts are made of. */
import { z } from 'zod';
import type { Parsed } from './parsed.ts';

/** A string for which one of our own parsers gives the reason and the suggestion. */
export function text<T>(parse: (text: string) => Parsed<T>) {
  return z.string().superRefine((value, context) => {
    const parsed = parse(value);
    if (parsed.ok) return;
    context.addIssue({ code: 'custom', message: parsed.reason, params: { suggestion: parsed.suggestion } });
  });
}

/** A string of a given form, with the sentence that tells what the form is. */
export function form(pattern: RegExp, reason: string) {
  return z.string().regex(pattern, { error: reason });
}

export const anyAddress = { anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] };

/** The path of a file that the configuration names. */
export const file = (what: string) =>
  form(/^[^\0]+$/, `the path of ${what} is empty`).meta({
    description: `A file: ${what}. A relative path starts at the configuration file's folder.`,
  });
