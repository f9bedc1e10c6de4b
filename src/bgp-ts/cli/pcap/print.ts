/** Events of a capture as lines for people, or as objects for programs. */

import { HEADER_LENGTH } from '../../wire/constants.ts';
import { verdict } from '../../wire/fault.ts';
import { decodeMessage } from '../../wire/message/message.ts';
import { withAsWidth } from '../as-width.ts';
import { type Explanation, explainMessage, explanationLines, explanationObject } from '../explain.ts';
import { messageTypeName } from '../names.ts';
import { contextOf } from '../question.ts';
import type { CaptureEvent } from './conversation.ts';
import { formatTime } from './packet.ts';
import { messageSummary } from './summary.ts';

export interface PrintOptions {
  readonly verbose: boolean;
  readonly json: boolean;
}

/** Lines of one event, and whether it is as it should be. */
export interface Printed {
  readonly lines: readonly string[];
  readonly good: boolean;
}

type MessageEvent = Extract<CaptureEvent, { kind: 'message' }>;

/** Where the OPENs are not in the capture nothing is known of the session, and the width is told from the octets. */
const unknownContext = contextOf({ asn4: true, external: false, addPath: [] });

export function printEvent(event: CaptureEvent, options: PrintOptions): Printed {
  return event.kind === 'message' ? printMessage(event, options) : printLoss(event, options);
}

function printLoss(
  { kind, octets, time, from, to }: Exclude<CaptureEvent, MessageEvent>,
  { json }: PrintOptions,
): Printed {
  const when = formatTime(time);
  if (json) return { lines: [JSON.stringify({ time: when, from, to, type: kind, octets })], good: false };
  const text = kind === 'gap' ? `${octets} octets are not in the capture` : `${octets} octets passed over up to here`;
  return { lines: [`${when}  ${from} → ${to}  ${kind}: ${text}`], good: false };
}

function printMessage({ bytes, context, time, from, to }: MessageEvent, { verbose, json }: PrintOptions): Printed {
  const read = (ctx: typeof unknownContext) => ({ ...decodeMessage(bytes, ctx), ctx });
  const { message, faults, ctx } = context === undefined ? withAsWidth(unknownContext, read) : read(context);
  const type = messageTypeName(bytes[HEADER_LENGTH - 1]);
  const summary = message === undefined ? '' : messageSummary(message);
  const explanation: Explanation | undefined = verbose ? explainMessage(bytes, ctx) : undefined;
  const outcome = verdict(faults);
  const good = outcome === 'accept';
  const when = formatTime(time);
  if (json) {
    const {
      faults: why,
      decoded,
      rows,
    } = explanationObject(bytes, explanation ?? { rows: [], faults, decoded: message });
    const fields = verbose ? { rows } : {};
    const object = {
      time: when,
      from,
      to,
      type,
      length: bytes.length,
      outcome,
      summary,
      faults: why,
      decoded,
      ...fields,
    };
    return { lines: [JSON.stringify(object)], good };
  }
  const head = [`${when}  ${from} → ${to}  ${type}`, ...(summary === '' ? [] : [summary])].join('  ');
  if (explanation !== undefined) return { lines: [head, ...explanationLines(bytes, explanation)], good };
  const wrong = faults.map(({ reason, code }) => `  fault: ${reason} [${code}]`);
  return { lines: [good ? head : `${head}  (${outcome})`, ...wrong], good };
}
