/** What the generator is told of a scenario before it begins: see the head of load.c. */
import { encodeOpen, Family } from 'bgp-ts';
import { addressText, asn, identifier, underlayOf } from '../model/addresses.ts';
import type { ClientIndex } from '../model/population.ts';
import { adverts, type Scenario } from '../model/scenario.ts';

const PORT = 179;
/** Seconds; short, so that a reflector that is late with KEEPALIVEs is found out. */
export const HOLD_TIME = 9;
/** Of what routes alone take: UPDATEs have attributes, and some reflectors write many. */
const OVERHEAD = 1.25;
/** Octets of an UPDATE besides its route, where each route comes in one of its own. */
const ALONE = 110;
const CHUNK = 256 * 1024;

export interface PlanOptions {
  readonly streams: string;
  /** Clients say what they are interested in. */
  readonly rtConstrain: boolean;
  /** The reflector sends everything to everybody: what a client is not interested in is not kept. */
  readonly sendsEverything: boolean;
}

export function planText(scenario: Scenario, options: PlanOptions): string {
  const { population, slow } = scenario.load;
  const lines = [
    `target ${underlayOf(population).reflector} ${PORT}`,
    `pool ${poolOctets(scenario)}`,
    `streams ${options.streams}`,
    `hold ${HOLD_TIME}`,
    ...(options.sendsEverything && population.interest !== undefined ? ['drop'] : []),
  ];
  for (let client = 0; client < population.clients; client++) {
    const rate = slow?.client === client ? slow.rate : 0;
    const id = identifier(client).join('.');
    const open = Buffer.from(openOf(client, options.rtConstrain)).toString('hex');
    lines.push(`client ${addressText(client, population.ip)} ${id} ${rate} ${open}`);
    if (population.interest !== undefined) lines.push(`interest ${client} ${population.interest(client).join(',')}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The OPEN of a client. */
export function openOf(client: ClientIndex, rtConstrain: boolean): Uint8Array {
  return encodeOpen({
    myAs: asn,
    holdTime: HOLD_TIME,
    bgpId: identifier(client).join('.'),
    capabilities: [
      { kind: 'multiprotocol', value: Family.Evpn },
      ...(rtConstrain ? [{ kind: 'multiprotocol', value: Family.RtConstrain } as const] : []),
      { kind: 'routeRefresh', value: true },
      { kind: 'fourOctetAs', value: asn },
    ],
  });
}

/**
 * About what will be kept. Memory that is touched for the first time while changes come in costs milliseconds a megabyte,
 * which would count as the reflector's.
 */
function poolOctets({ load, routes, steps }: Scenario): number {
  const { clients } = load.population;
  const octets = steps.reduce((sum, prepared) => {
    const { step } = prepared;
    const changes = step.kind === 'churn' ? step.changes * (clients - 1) : 0;
    return sum + adverts(prepared) * routes.size + changes * (routes.size + ALONE);
  }, 0);
  return Math.ceil(octets * OVERHEAD) + 2 * clients * CHUNK;
}
