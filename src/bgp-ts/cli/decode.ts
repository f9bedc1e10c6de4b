/** `bgp-ts decode`: octets explained for people, or answered line by line for programs. */

import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { verdict } from '../wire/fault.ts';
import { answer, answerToNone } from './answer.ts';
import { withAsWidth } from './as-width.ts';
import { type Explanation, explainMessage, explanationLines, explanationObject } from './explain.ts';
import { explainerOf, explainers } from './explainers.ts';
import { parseOctets } from './octets.ts';
import { parseFamily } from './parse-family.ts';
import { decodeCapture } from './pcap/command.ts';
import { addPathFamilies, contextOf, parseQuestion } from './question.ts';
import { splitMessages } from './split-messages.ts';

/** The streams of a process. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

const decodeUsage = `usage: bgp-ts decode [OPTION...] HEX...
       bgp-ts decode [OPTION...] - < FILE
       bgp-ts decode --pcap FILE [--port N] [--verbose] [--json]
       bgp-ts decode --jsonl < QUESTIONS

Explains octets of BGP field by field, with their offsets. HEX may hold spaces, newlines, colons and 0x; - reads it from
standard input. Several messages in it are explained one after the other.
  --kind KIND      message (default, from its marker on) or open, attribute-block, capability, ext-community, rd, esi, and of
                   NLRI fields nlri-evpn, nlri-rtc, and nlri (or nlri-other) of the --family
  --family F       address family of --kind nlri, as AFI/SAFI or in names: 1/128, ipv4-vpn, l2vpn-evpn (default)
  --session S      ibgp (default) or ebgp: what an attribute costs may depend on it
  --as-octets N    width of AS numbers, 2 or 4. Where it is not given it is told from the octets: 4, unless AS_PATH or
                   AGGREGATOR is malformed so, or AS4_PATH is there, and 2 fits. A width that is given is never doubted.
  --add-path       every NLRI has a path identifier. A bare NLRI field that only adds up with them is read so unasked.
  --json           one object: outcome, faults, what was decoded, and every field with its octets; of several messages a
                   list of such objects

  --pcap FILE      every BGP message of a capture (pcap or pcapng; - for standard input), its TCP streams put together;
                   width of AS numbers, path identifiers and the like are taken from the OPENs in it
  --port N         the port that BGP speaks on, 179
  --verbose        each message field by field; with --json the fields too

  --jsonl          read { id, kind, hex, context } a line, answer { id, outcome, error?, evpn?, reencoded? }; what
                   context.asn4 and context.addpath do not say is told from the octets as above. A line with an id that
                   asks nothing (an unknown kind, no hexadecimal) is answered { id, outcome: "session-reset", reason }.

Examples:
  bgp-ts decode ffffffffffffffffffffffffffffffff001304               a KEEPALIVE
  bgp-ts decode --kind attribute-block --json 40010100                attributes, as JSON
  bgp-ts decode --kind nlri --family ipv4-unicast 180a0000            a bare NLRI field
  tcpdump -w - port 179 | bgp-ts decode --pcap - --verbose            what goes over the wire now

Exit code 0 when all was accepted, 1 when something was refused, 2 when the question was none.
`;

/** Runs the command with the arguments behind its name; gives the exit code. */
export async function decode(args: readonly string[], streams: Streams): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return refuse(streams, error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    streams.stdout.write(decodeUsage);
    return 0;
  }
  if (values.jsonl && values.pcap !== undefined)
    return refuse(streams, '--pcap and --jsonl read different things; give one of them');
  if ((values.jsonl || values.pcap !== undefined) && positionals.length > 0) {
    return refuse(streams, `${values.jsonl ? '--jsonl' : '--pcap FILE'} takes no HEX besides`);
  }
  if (values.jsonl) return answerLines(streams);
  if (values.pcap !== undefined) {
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : 0;
    if (port < 1 || port > 65535) return refuse(streams, '--port is a number from 1 to 65535');
    return decodeCapture({ file: values.pcap, port, verbose: values.verbose, json: values.json }, streams);
  }
  const explain = explainerOf(values.kind);
  if (explain === undefined) return refuse(streams, `--kind is none of ${Object.keys(explainers).join(', ')}`);
  const family = parseFamily(values.family);
  if (family === undefined) return refuse(streams, `--family ${values.family} is no address family`);
  if (values.session !== 'ibgp' && values.session !== 'ebgp') return refuse(streams, '--session is ibgp or ebgp');
  if (!['', '2', '4'].includes(values['as-octets'])) return refuse(streams, '--as-octets is 2 or 4');
  const text =
    positionals.length === 1 && positionals[0] === '-' ? await readAll(streams.stdin) : positionals.join(' ');
  const bytes = parseOctets(text);
  if (typeof bytes === 'string') return refuse(streams, bytes);
  const context = contextOf({
    asn4: values['as-octets'] !== '2',
    external: values.session === 'ebgp',
    addPath: addPathFamilies(values['add-path']),
  });
  const parts = explain === explainMessage ? splitMessages(bytes) : [bytes];
  const explained = parts.map((part) => ({
    part,
    explanation:
      values['as-octets'] === ''
        ? withAsWidth(context, (ctx) => explain(part, ctx, family))
        : explain(part, context, family),
  }));
  const output = values.json ? asJson(explained) : asText(explained);
  streams.stdout.write(`${output}\n`);
  return explained.every(({ explanation }) => verdict(explanation.faults) === 'accept') ? 0 : 1;
}

interface Explained {
  readonly part: Uint8Array;
  readonly explanation: Explanation;
}

function asJson(explained: readonly Explained[]): string {
  const objects = explained.map(({ part, explanation }) => explanationObject(part, explanation));
  return JSON.stringify(objects.length === 1 ? objects[0] : objects, null, 2);
}

/** Offsets count from where each message starts. */
function asText(explained: readonly Explained[]): string {
  const texts = explained.map(({ part, explanation }, i) => {
    const heading = explained.length === 1 ? [] : [`message ${i + 1} of ${explained.length}, ${part.length} octets`];
    return [...heading, ...explanationLines(part, explanation)].join('\n');
  });
  return texts.join('\n\n');
}

async function readAll(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      jsonl: { type: 'boolean', default: false },
      pcap: { type: 'string' },
      port: { type: 'string', default: '179' },
      verbose: { type: 'boolean', short: 'v', default: false },
      json: { type: 'boolean', default: false },
      kind: { type: 'string', default: 'message' },
      family: { type: 'string', default: 'l2vpn-evpn' },
      session: { type: 'string', default: 'ibgp' },
      'as-octets': { type: 'string', default: '' },
      'add-path': { type: 'boolean', default: false },
    },
  });
}

function refuse({ stderr }: Streams, reason: string): number {
  stderr.write(`bgp-ts decode: ${reason}\nbgp-ts decode --help says how it is used.\n`);
  return 2;
}

async function answerLines({ stdin, stdout, stderr }: Streams): Promise<number> {
  let code = 0;
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const question = parseQuestion(line);
    if ('reason' in question) {
      const { id, reason } = question;
      stderr.write(`bgp-ts decode: ${id === undefined ? '' : `${id}: `}${reason}\n`);
      if (id !== undefined) stdout.write(`${JSON.stringify(answerToNone({ id, reason }))}\n`);
      code = 2;
    } else {
      stdout.write(`${JSON.stringify(answer(question))}\n`);
    }
  }
  return code;
}
