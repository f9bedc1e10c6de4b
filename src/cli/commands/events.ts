import { ChangeEvent, EventsGone } from '../../api/contract/events.ts';
import { follow } from '../../api/follow.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import type { Session } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { viewEvent } from '../views/events.ts';

export interface EventOptions {
  readonly follow: boolean;
  /** Begin behind this event. */
  readonly after?: number;
  readonly kind?: 'virtual-network' | 'nve' | 'attachment';
  readonly network?: string;
}

/** Events that are shown of what was, when nothing else is said. */
const LATEST = 20;
/** Milliseconds before a stream that broke is begun again. */
const AGAIN = 1000;

/**
 * Writes events as they come: those that were, and with `follow` those that happen until the user interrupts. A stream that
 * breaks is begun again where it ended.
 */
export async function showEvents(
  session: Session,
  { follow: goOn, after, kind, network }: EventOptions,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { client, stream, api, json, paint } = session;
  const fail = (failure: Parameters<typeof explainFailure>[0]) => {
    const { err, code } = explainFailure(failure, api);
    surroundings.err(err);
    return code;
  };
  const list = await client.call('listVirtualNetworks', {});
  if (!list.ok) return fail(list);
  const last = list.body.event;
  const from = after ?? (goOn ? last : Math.max(0, last - LATEST));
  if (!goOn && from >= last) {
    // With nothing to say, what there is helps more than silence.
    if (after !== undefined && !json) surroundings.err(noneAfter(after, last));
    return ExitCode.Ok;
  }
  const interrupted = surroundings.following();
  const through = new AbortController();
  const signal = AbortSignal.any([interrupted, through.signal]);
  let place: string | undefined;
  let gone: EventsGone | undefined;
  let shown = 0;
  for (let first = true; !interrupted.aborted; first = false) {
    const query = { after: from, ...(kind && { kind }), ...(network !== undefined && { network }) };
    const ended = await follow(
      stream,
      'followEvents',
      { query },
      {
        lastEventId: place,
        signal,
        event: ({ event, data }) => {
          if (event === 'gone') {
            gone = EventsGone.parse(data);
            return;
          }
          const change = ChangeEvent.parse(data);
          place = String(change.id);
          if (!goOn && change.id > last) return;
          shown++;
          surroundings.out(json ? formatJson(change, true) : viewEvent(change, paint));
        },
        moved: (id) => {
          place = id;
          if (!goOn && Number(id) >= last) through.abort();
        },
      },
    );
    if (gone !== undefined) {
      surroundings.err(`nvactl: events before ${gone.oldest} are not kept any more, and some were not read\n`);
      return ExitCode.Failure;
    }
    if (through.signal.aborted && shown === 0 && !json)
      surroundings.err(`nvactl: no event from ${from + 1} to ${last} matches\n`);
    if (through.signal.aborted || interrupted.aborted) return ExitCode.Ok;
    if (!ended.ok && (first || ended.kind !== 'unreachable')) return fail(ended);
    await surroundings.sleep(AGAIN);
  }
  return ExitCode.Ok;
}

function noneAfter(after: number, last: number): string {
  if (after === last) return `nvactl: nothing has happened since event ${after}\n`;
  return `nvactl: there is no event ${after} yet; ${last === 0 ? 'nothing has happened' : `the last is ${last}`}\n`;
}
