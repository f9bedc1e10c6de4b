/** Sources, UPDATEs and a table to put them into, for tests of the way in and the way out. */
import { assess, type LocalIdentity } from '../../../../src/bgp-ts/rib/assess.ts';
import { AttributeStore } from '../../../../src/bgp-ts/rib/attribute-store.ts';
import { evpnFamily } from '../../../../src/bgp-ts/rib/held-family.ts';
import { emptyCounts, Ingest, type IngestCounts, type IngestModules } from '../../../../src/bgp-ts/rib/ingest.ts';
import { RiderStore } from '../../../../src/bgp-ts/rib/rider-store.ts';
import { type Changes, RouteTable } from '../../../../src/bgp-ts/rib/route-table.ts';
import type { Source, SourceKind } from '../../../../src/bgp-ts/rib/source.ts';
import type { PathAttributes } from '../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { type DecodeContext, defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import type { Fault } from '../../../../src/bgp-ts/wire/fault.ts';
import { encodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import type { EvpnNlri } from '../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { decodeRd } from '../../../../src/bgp-ts/wire/rd.ts';
import { hex } from '../wire/hex.ts';

export const local: LocalIdentity = { asn: 65000, routerId: 0x0a000001, clusterId: 0x0a000064 };

/** Neighbour `index` at 10.0.0.INDEX, with that as its BGP identifier; external ones are of AS 65001. */
export function sourceOf(index: number, kind: SourceKind = 'client', decode: Partial<DecodeContext> = {}): Source {
  return {
    index,
    kind,
    routerId: 0x0a000000 + index,
    asn: kind === 'ebgp' ? 65001 : 65000,
    address: `10.0.0.${index}`,
    addressBytes: hex(`00000000000000000000ffff0a0000${index.toString(16).padStart(2, '0')}`),
    decode: { ...defaultContext, session: kind === 'ebgp' ? 'ebgp' : 'ibgp', ...decode },
    families: new Set([Family.Evpn]),
  };
}

const rd = decodeRd(hex('0000fde800000007'));
export const esi0 = '00'.repeat(10);

/** MAC/IP advertisement of 02:00:00:00:xx:xx with RD 65000:7. */
export function macIp(key: number, label1 = 100, esi = esi0): EvpnNlri {
  const octet = (value: number) => (value & 255).toString(16).padStart(2, '0');
  const mac = `02:00:00:00:${octet(key >> 8)}:${octet(key)}`;
  return { kind: 'mac-ip-advertisement', family: Family.Evpn, type: 2, rd, esi, ethernetTag: 0, mac, label1 };
}

export const plain = { origin: 'igp', asPath: [], localPref: 100 } as const satisfies PathAttributes;

export function announcement(
  nlri: readonly EvpnNlri[],
  attributes: PathAttributes = plain,
  nextHop = '10.1.0.1',
  context: Partial<DecodeContext> = {},
): Uint8Array {
  const mpReachNlri = { family: Family.Evpn, nextHop, nlri };
  const update = { withdrawn: [], attributes: { ...attributes, mpReachNlri }, nlri: [] };
  return encodeUpdate(update, { ...defaultContext, ...context });
}

export function withdrawal(nlri: readonly EvpnNlri[], attributes: PathAttributes = {}): Uint8Array {
  const mpUnreachNlri = { family: Family.Evpn, nlri };
  return encodeUpdate({ withdrawn: [], attributes: { ...attributes, mpUnreachNlri }, nlri: [] }, defaultContext);
}

/** An UPDATE with this attribute field and, around it, these IPv4 fields; all in hexadecimal. */
export function updateOf(attributes: string, withdrawn = '', nlri = ''): Uint8Array {
  const packed = (parts: string) => parts.replaceAll(/\s/g, '');
  const length = (text: string, octets: number) => (text.length / 2).toString(16).padStart(octets * 2, '0');
  const [a, w, n] = [packed(attributes), packed(withdrawn), packed(nlri)];
  const body = `02${length(w, 2)}${w}${length(a, 2)}${a}${n}`;
  return hex('ff'.repeat(16) + (18 + body.length / 2).toString(16).padStart(4, '0') + body);
}

export interface Rib {
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
  readonly table: RouteTable;
  readonly ingest: Ingest;
  /** Feeds one UPDATE; the fault is what the session would be reset for. */
  receive(
    source: Source,
    bytes: Uint8Array,
    counts?: IngestCounts,
  ): { readonly fault: Fault | undefined; readonly counts: IngestCounts };
  /** Decides everything and forgets what was emitted before. */
  decide(): void;
  /** Withdraws all routes of a source. */
  drop(source: Source): void;
}

export function rib(malformed?: IngestModules['malformed']): Rib {
  const attributes = new AttributeStore({ hashSeed: 7 }, { assess: (block, source) => assess(block, source, local) });
  const riders = new RiderStore({ hashSeed: 7 });
  const table = new RouteTable({ capacity: 16, hashSeed: 7 }, { order: attributes, riders, seconds: () => 0 });
  const ingest = new Ingest({ families: [evpnFamily(table)], attributes, riders, ...(malformed && { malformed }) });
  const changes: Changes = { destinations: new Int32Array(65_536), oldSets: new Int32Array(65_536), length: 0 };
  return {
    attributes,
    riders,
    table,
    ingest,
    receive(source, bytes, counts = emptyCounts()) {
      const fault = ingest.update(source, counts, bytes, 0, bytes.length);
      return { fault, counts };
    },
    decide() {
      while (table.pendingDecisions > 0) {
        table.decide(65_536, changes);
        for (let i = 0; i < changes.length; i++) if (changes.oldSets[i] >= 0) attributes.release(changes.oldSets[i]);
      }
    },
    drop(source) {
      let from = 0;
      while (from >= 0) from = table.withdrawSource(source.index, from, 1 << 20);
    },
  };
}
