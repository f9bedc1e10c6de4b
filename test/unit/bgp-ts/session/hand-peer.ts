import type { Connection } from '../../../../src/bgp-ts/session/transport.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { encodeOpen, type Open } from '../../../../src/bgp-ts/wire/message/open.ts';

const marker = 'ff'.repeat(16);
export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

export const keepaliveHex = `${marker}001304`;
/** An UPDATE without anything: End-of-RIB for IPv4 unicast. */
export const endOfRibHex = `${marker}00170200000000`;
export const notificationHex = (code: number, subcode: number, data = ''): string =>
  marker + Buffer.from([0, 21 + data.length / 2, 3, code, subcode]).toString('hex') + data;

export const openOf = (patch: Partial<Open> = {}): Uint8Array =>
  encodeOpen({
    myAs: 65000,
    holdTime: 90,
    bgpId: '10.0.0.2',
    capabilities: [
      { kind: 'multiprotocol', value: Family.Evpn },
      { kind: 'fourOctetAs', value: 65000 },
    ],
    ...patch,
  });

/** The other side of a connection, by hand: keeps what it gets, sends what it is told to. */
export class HandPeer {
  readonly connection: Connection;
  received = '';
  closed: string | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.setHandler({
      data: (chunk) => {
        this.received += hex(chunk);
      },
      drain() {},
      close: (error) => {
        this.closed = error ?? 'closed';
      },
    });
  }

  send(message: Uint8Array | string): void {
    this.connection.write(typeof message === 'string' ? bytes(message) : message);
  }

  /** What came in since the last call, in hexadecimal, cut into messages. */
  take(): string[] {
    const messages: string[] = [];
    let rest = this.received;
    while (rest.length >= 38) {
      const length = Number.parseInt(rest.slice(32, 36), 16) * 2;
      if (rest.length < length) break;
      messages.push(rest.slice(0, length));
      rest = rest.slice(length);
    }
    this.received = rest;
    return messages;
  }
}
