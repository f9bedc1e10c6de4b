/**
 * The BFD Control packet between octets and values: RFC 5880 §4.1, and of §6.8.6 all drops that the packet alone decides.
 *
 * Authentication (§4.2 to §4.4) is not implemented: a packet that brings it is dropped, as §6.8.6 says where none is in use.
 */

/** Session states in the order of their numbers on the wire. */
export const sessionStates = ['AdminDown', 'Down', 'Init', 'Up'] as const;
export type SessionState = (typeof sessionStates)[number];

/** Why a session last changed its state: those of RFC 5880 §4.1 that this implementation gives. */
export const diagnostics = {
  none: 0,
  detectionTimeExpired: 1,
  neighbourSignalledDown: 3,
  administrativelyDown: 7,
} as const;

/** A BFD Control packet. Discriminators have 32 bits. */
export interface ControlPacket {
  /** 0 to 31; see {@link diagnostics}. */
  readonly diagnostic: number;
  readonly state: SessionState;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1 to 255. */
  readonly detectMult: number;
  readonly myDiscriminator: number;
  /** 0: the sender does not know it. */
  readonly yourDiscriminator: number;
  /** Microseconds, below 2^32, as are the two that follow. */
  readonly desiredMinTx: number;
  /** 0: nothing is to be sent periodically. */
  readonly requiredMinRx: number;
  /** 0: no Echo packets are looped back. */
  readonly requiredMinEchoRx: number;
}

/** Why a packet is dropped that no session was asked about. */
export const malformations = [
  'version',
  'length',
  'detect-mult',
  'multipoint',
  'my-discriminator',
  'your-discriminator',
  'authentication',
] as const;
export type Malformation = (typeof malformations)[number];

export type DecodedPacket =
  | { readonly ok: true; readonly packet: ControlPacket }
  | { readonly ok: false; readonly code: Malformation };

const VERSION = 1;
/** Octets of the mandatory section. */
const HEADER = 24;
/** With the two octets that every Authentication Section has. */
const LEAST_AUTHENTICATED = 26;

const POLL = 0x20;
const FINAL = 0x10;
const CONTROL_PLANE_INDEPENDENT = 0x08;
const AUTHENTICATION = 0x04;
const DEMAND = 0x02;
const MULTIPOINT = 0x01;

/** Octets of a UDP payload as a packet, or why it is dropped. What comes after the packet is not looked at. */
export function decodeControl(bytes: Uint8Array): DecodedPacket {
  if (bytes.length < HEADER) return { ok: false, code: 'length' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(1);
  const code = malformation(view, flags);
  if (code !== undefined) return { ok: false, code };
  return {
    ok: true,
    packet: {
      diagnostic: view.getUint8(0) & 0x1f,
      state: stateOf(flags),
      poll: (flags & POLL) !== 0,
      final: (flags & FINAL) !== 0,
      controlPlaneIndependent: (flags & CONTROL_PLANE_INDEPENDENT) !== 0,
      demand: (flags & DEMAND) !== 0,
      detectMult: view.getUint8(2),
      myDiscriminator: view.getUint32(4),
      yourDiscriminator: view.getUint32(8),
      desiredMinTx: view.getUint32(12),
      requiredMinRx: view.getUint32(16),
      requiredMinEchoRx: view.getUint32(20),
    },
  };
}

/** In the order of §6.8.6. */
function malformation(view: DataView, flags: number): Malformation | undefined {
  const authenticated = (flags & AUTHENTICATION) !== 0;
  const length = view.getUint8(3);
  const state = stateOf(flags);
  if (view.getUint8(0) >>> 5 !== VERSION) return 'version';
  if (length < (authenticated ? LEAST_AUTHENTICATED : HEADER) || length > view.byteLength) return 'length';
  if (view.getUint8(2) === 0) return 'detect-mult';
  if ((flags & MULTIPOINT) !== 0) return 'multipoint';
  if (view.getUint32(4) === 0) return 'my-discriminator';
  if (view.getUint32(8) === 0 && state !== 'Down' && state !== 'AdminDown') return 'your-discriminator';
  return authenticated ? 'authentication' : undefined;
}

function stateOf(flags: number): SessionState {
  return sessionStates[flags >>> 6] as SessionState;
}

/** The 24 octets of a packet. */
export function encodeControl(packet: ControlPacket): Uint8Array {
  const bytes = new Uint8Array(HEADER);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (VERSION << 5) | packet.diagnostic);
  view.setUint8(
    1,
    (sessionStates.indexOf(packet.state) << 6) |
      (packet.poll ? POLL : 0) |
      (packet.final ? FINAL : 0) |
      (packet.controlPlaneIndependent ? CONTROL_PLANE_INDEPENDENT : 0) |
      (packet.demand ? DEMAND : 0),
  );
  view.setUint8(2, packet.detectMult);
  view.setUint8(3, HEADER);
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTx);
  view.setUint32(16, packet.requiredMinRx);
  view.setUint32(20, packet.requiredMinEchoRx);
  return bytes;
}
