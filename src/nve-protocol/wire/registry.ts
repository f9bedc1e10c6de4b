/** Every message of the protocol, one row each (docs/nve-protocol.md, Messages). */
import { type Answer, answer } from './message/answer.ts';
import { type Attach, attach } from './message/attach.ts';
import { type Changes, changes } from './message/changes.ts';
import { type Complete, complete } from './message/complete.ts';
import { type Credit, credit } from './message/credit.ts';
import { type Crossings, crossings } from './message/crossings.ts';
import { type Detach, detach } from './message/detach.ts';
import { type ErrorMessage, error } from './message/error.ts';
import { type Goodbye, goodbye } from './message/goodbye.ts';
import { type Hello, hello } from './message/hello.ts';
import { type Invalidate, invalidate } from './message/invalidate.ts';
import { type Join, join } from './message/join.ts';
import { type Joined, joined } from './message/joined.ts';
import { type Leave, leave } from './message/leave.ts';
import { type Left, left } from './message/left.ts';
import { type Mappings, mappings } from './message/mappings.ts';
import { type Outcome, outcome } from './message/outcome.ts';
import { type Parameters, parameters } from './message/parameters.ts';
import { type Ping, ping } from './message/ping.ts';
import { type Pong, pong } from './message/pong.ts';
import { type Resolve, resolve } from './message/resolve.ts';
import { type SnapshotBegin, snapshotBegin } from './message/snapshot-begin.ts';
import { type SnapshotEnd, snapshotEnd } from './message/snapshot-end.ts';
import { type Welcome, welcome } from './message/welcome.ts';
import type { MessageRow } from './message-row.ts';

/** What an NVE sends. */
export type NveMessage =
  | Hello
  | ErrorMessage
  | Goodbye
  | Ping
  | Pong
  | Credit
  | Join
  | Leave
  | Resolve
  | Attach
  | Detach;

/** What an NVA sends. */
export type NvaMessage =
  | Welcome
  | Crossings
  | ErrorMessage
  | Goodbye
  | Ping
  | Pong
  | Joined
  | Left
  | Parameters
  | SnapshotBegin
  | Mappings
  | SnapshotEnd
  | Changes
  | Complete
  | Answer
  | Invalidate
  | Outcome;

export type Message = NveMessage | NvaMessage;

/** Requests carry an id, which exactly one message answers. */
export const registry = {
  hello,
  welcome,
  crossings,
  error,
  goodbye,
  ping,
  pong,
  credit,
  join,
  joined,
  parameters,
  'snapshot-begin': snapshotBegin,
  mappings,
  'snapshot-end': snapshotEnd,
  changes,
  complete,
  leave,
  left,
  resolve,
  answer,
  invalidate,
  attach,
  detach,
  outcome,
} satisfies { readonly [T in Message['type']]: MessageRow<Extract<Message, { readonly type: T }>> };

const rows: ReadonlyMap<string, MessageRow<Message>> = new Map(
  Object.entries(registry) as [string, MessageRow<Message>][],
);

export function rowOf(type: string): MessageRow<Message> | undefined {
  return rows.get(type);
}
