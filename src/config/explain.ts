import type { z } from 'zod';
import { quote } from './address.ts';
import { usualNveProtocolPort } from './endpoint.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { nearest } from './spelling.ts';

type Issue = z.core.$ZodIssue;

/** What a key of the schema may hold, for suggestions: asked by path, answered with the keys known there. */
export type KnownKeys = (path: ConfigPath) => readonly string[];

/** Turns what the schema found into sentences for people: one finding for each thing that is wrong. */
export function explain(issue: Issue, data: unknown, knownKeys: KnownKeys): Finding[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const name = formatPath(path) || 'the file';
  const input = valueAt(data, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, knownKeys(path)));
    case 'invalid_type':
      if (input === undefined) return [missing(path)];
      return [wrongType(path, name, issue.expected, input)];
    case 'invalid_value':
      if (input === undefined) return [missing(path)];
      return [notOneOf(path, name, issue.values.map(String), input)];
    case 'invalid_union': {
      const meant = meantBranch(issue);
      return meant === undefined
        ? [notAnyOf(issue, path, name, input)]
        : meant.flatMap((inner) => explain({ ...inner, path: [...issue.path, ...inner.path] }, data, knownKeys));
    }
    case 'too_small':
    case 'too_big':
      return [outOfRange(issue, path, name, input)];
    case 'custom': {
      const { suggestion }: { suggestion?: unknown } = issue.params ?? {};
      return [
        finding('value', path, inContext(name, issue.message), typeof suggestion === 'string' ? suggestion : undefined),
      ];
    }
    default:
      return [finding('value', path, inContext(name, issue.message))];
  }
}

function finding(code: Finding['code'], path: ConfigPath, reason: string, suggestion?: string): Finding {
  return suggestion === undefined ? { code, path, reason } : { code, path, reason, suggestion };
}

function inContext(name: string, message: string): string {
  return `${name}: ${message}`;
}

function unknownKey(key: string, path: ConfigPath, known: readonly string[]): Finding {
  const meant = nearest(key, known);
  const where = path.length === 0 ? '' : ` in ${formatPath(path)}`;
  return {
    code: 'unknown-key',
    path: [...path, key],
    atKey: true,
    reason: `unknown key ${quote(key)}${where}`,
    ...(meant === undefined ? {} : { meant }),
    suggestion: meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${quote(meant)}?`,
  };
}

/** What a mandatory value looks like. */
const examples: Readonly<Record<string, string>> = {
  domain: 'domain: dc1',
  asn: 'asn: 65000',
  routerId: 'routerId: 10.0.0.1',
  kind: 'kind: memory',
  path: 'path: /var/lib/nvad/state.db',
  address: 'address: 10.1.0.7',
  name: 'name: web',
  vni: 'vni: 1217',
  action: 'action: allow',
  // biome-ignore lint/suspicious/noThenProperty: a key of policy files, whose value is a text
  then: 'then: refuse',
  multicast: 'multicast: 239.1.1.1',
  listen: `listen: "127.0.0.1:${usualNveProtocolPort}"`,
  certificate: 'certificate: nvad.crt',
  key: 'key: nvad.key',
  tunnelAddress: 'tunnelAddress: 10.0.0.11',
  nvas: 'nvas: ["10.0.0.1:8394"]',
};

function missing(path: ConfigPath): Finding {
  const example = examples[String(path.at(-1))];
  return finding(
    'missing',
    path,
    `${formatPath(path)} is missing`,
    example === undefined ? undefined : `write it as in "${example}"`,
  );
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
};

const secrets = ['password', 'token'];

function wrongType(path: ConfigPath, name: string, expected: string, input: unknown): Finding {
  const wanted = typeNames[expected === 'number' && isNumeric(input) ? 'int' : expected] ?? expected;
  // What is said goes to logs, where no password belongs.
  if (secrets.includes(String(path.at(-1))))
    return finding('type', path, `${name} must be ${wanted}`, 'put it in quotes');
  const hint = (path.at(-1) === 'asn' ? asdotHint(input) : undefined) ?? typeHint(expected, input);
  return finding('type', path, `${name} must be ${wanted}, not ${describe(input)}`, hint);
}

/** RFC 5396 §2; YAML reads what has a dot as a fraction, in which 1.10 is 1.1. */
function asdotHint(input: unknown): string | undefined {
  const [, high, low] = /^(\d{1,5})\.(\d{1,5})$/.exec(String(input)) ?? [];
  if (high === undefined || low === undefined) return undefined;
  if (typeof input === 'string') return `write the AS number without a dot: ${Number(high) * 65536 + Number(low)}`;
  return 'write the AS number without a dot: what is before it times 65536, and what is behind it added';
}

function typeHint(expected: string, input: unknown): string | undefined {
  if (input === null) return 'give it a value or leave it out';
  if (expected === 'array' && (typeof input === 'string' || typeof input === 'number'))
    return `write [${quote(String(input))}]`;
  if (expected === 'array' && typeof input === 'object') return 'start each item with "- "';
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean'))
    return `write ${quote(String(input))}, in quotes`;
  if (typeof input === 'string' && (expected === 'number' || expected === 'int') && /^\d+$/.test(input))
    return `write ${input} without quotes`;
  if (typeof input === 'string' && expected === 'boolean' && /^(yes|on|no|off)$/i.test(input)) {
    return `write ${/^(yes|on)$/i.test(input) ? 'true' : 'false'}`;
  }
  return undefined;
}

function isNumeric(input: unknown): boolean {
  return typeof input === 'number' && Number.isFinite(input);
}

/** A value as messages show it. */
function describe(input: unknown): string {
  if (input === null) return 'empty';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a map';
  if (typeof input === 'string') return `the text ${quote(input)}`;
  return `the ${typeof input === 'boolean' ? 'value' : 'number'} ${String(input)}`;
}

function notOneOf(path: ConfigPath, name: string, values: readonly string[], input: unknown): Finding {
  const meant = typeof input === 'string' ? nearest(input, values) : undefined;
  const choice = values.length === 1 ? values[0]! : `one of ${values.join(', ')}`;
  return finding(
    'value',
    path,
    `${name} must be ${choice}, not ${describe(input)}`,
    meant === undefined ? undefined : `did you mean ${meant}?`,
  );
}

function notAnyOf(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: ConfigPath,
  name: string,
  input: unknown,
): Finding {
  if (input === undefined) return missing(path);
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : undefined;
  if (options !== undefined) return notOneOf(path, name, options, input);
  const [first, ...others] = issue.errors.map((branch) => branch[0]).filter((problem) => problem !== undefined);
  const accepted = [first, ...others].flatMap((problem) => (problem === undefined ? [] : [acceptedBy(problem)]));
  return finding('type', path, `${name} must be ${accepted.join(' or ')}, not ${describe(input)}`);
}

/** What is wrong within the one variant whose form the value has; undefined when it has none's, or that of several. */
function meantBranch(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | undefined {
  const another = ({ code, path }: Issue) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
  const [branch, ...others] = issue.errors.filter((problems) => !problems.some(another));
  return others.length === 0 ? branch : undefined;
}

function acceptedBy(problem: Issue): string {
  if (problem.code === 'invalid_value') return problem.values.map(String).join(' or ');
  if (problem.code === 'invalid_type')
    return typeNames[problem.expected === 'number' ? 'int' : problem.expected] ?? problem.expected;
  if (problem.code === 'too_small') return `at least ${problem.minimum}`;
  if (problem.code === 'too_big') return `at most ${problem.maximum}`;
  return problem.message;
}

function outOfRange(
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  path: ConfigPath,
  name: string,
  input: unknown,
): Finding {
  // A bound that has a sentence of its own says why; the library's default wording starts with "Too".
  if (!issue.message.startsWith('Too ')) return finding('value', path, inContext(name, issue.message));
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (Array.isArray(input))
    return finding('value', path, `${name} must have ${bound} entries, and has ${input.length}`);
  return finding('value', path, `${name} must be ${bound}, not ${String(input)}`);
}

function valueAt(data: unknown, path: ConfigPath): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
