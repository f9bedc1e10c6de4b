import { describe, expect, it } from 'vitest';
import { type BfdModules, BfdService, MOST_SESSIONS, type WatchOptions } from '../../../src/bfd/service.ts';
import { type OpenSocket, openNodeSocket } from '../../../src/bfd/socket.ts';
import type { BfdEvent, BfdWatch } from '../../../src/bfd/watched.ts';
import { diagnostics } from '../../../src/bfd/wire.ts';
import { FakeClock } from '../bgp-ts/session/fake-clock.ts';

/** Addresses and ports that hear each other without delay; a machine that is cut off is heard by nobody. */
class MemoryNetwork {
  readonly cut = new Set<string>();
  /** What is for this machine waits in its sockets. */
  still: string | undefined;
  readonly #waiting: (() => void)[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }
  readonly #bound = new Map<string, (bytes: Uint8Array, address: string) => void>();

  /** Whose socket is bound to all addresses sends from this one. */
  machine(own: string): OpenSocket {
    return ({ address = own, port }, receive) => {
      const key = `${address} ${port}`;
      if (this.#bound.has(key)) return { ok: false, code: 'EADDRINUSE' };
      this.#bound.set(key, (bytes, sender) => receive({ bytes, address: sender }));
      return {
        ok: true,
        socket: {
          send: (bytes, to, toPort) => this.send(bytes, address, to, toPort),
          close: () => void this.#bound.delete(key),
        },
      };
    };
  }

  send(bytes: Uint8Array, address: string, to: string, port: number): void {
    if (this.cut.has(address) || this.cut.has(to)) return;
    const arrive = () => this.#bound.get(`${to} ${port}`)?.(bytes, address);
    if (to === this.still) this.#waiting.push(arrive);
    else this.#clock.setTimer(0, arrive);
  }

  /** The machine that stood still reads what waits. */
  read(): void {
    this.still = undefined;
    for (const arrive of this.#waiting.splice(0)) arrive();
  }

  get ports(): readonly string[] {
    return [...this.#bound.keys()];
  }
}

class Stage {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork(this.clock);
  #seed = 1;

  service(own: string, more: Partial<BfdModules> = {}): { readonly service: BfdService; readonly events: string[] } {
    const events: string[] = [];
    const tell = (event: BfdEvent) => {
      events.push(event.kind === 'up' ? 'up' : `down ${event.diagnostic} ${event.watch.remoteState}`);
    };
    const modules = {
      clock: this.clock,
      random: () => this.#random(),
      open: this.network.machine(own),
      afterInput: (then: () => void) => {
        this.network.read();
        then();
      },
    };
    return { service: new BfdService({ ...modules, ...more }, tell), events };
  }

  /** The minimal standard generator of Park and Miller. */
  #random(): number {
    this.#seed = (this.#seed * 48_271) % 0x7fff_ffff;
    return this.#seed / 0x7fff_ffff;
  }
}

const [a, b] = ['10.0.0.1', '10.0.0.2'];
const usual = { multihop: true, interval: 100, multiplier: 3 };

function begun(service: BfdService, options: Partial<WatchOptions> & { readonly address: string }): BfdWatch {
  const result = service.watch({ ...usual, ...options });
  if (!result.ok) throw new Error(result.reason);
  return result.watch;
}

/** Two services that watch each other, the second in the passive role, and are up. */
function pair() {
  const stage = new Stage();
  const [first, second] = [stage.service(a), stage.service(b)];
  const watch = begun(first.service, { address: b });
  const answering = begun(second.service, { address: a, passive: true });
  stage.clock.advance(2000);
  expect([watch.state, answering.state]).toEqual(['Up', 'Up']);
  return { stage, first, second, watch, answering };
}

describe('the BFD service', () => {
  it('comes up, goes down within the Detection Time when the way is cut, and comes up again', () => {
    const { stage, first, second, watch } = pair();
    stage.network.cut.add(b);
    stage.clock.advance(200);
    expect(watch.state).toBe('Up');
    stage.clock.advance(100);
    expect(watch).toMatchObject({ state: 'Down', diagnostic: diagnostics.detectionTimeExpired });
    stage.network.cut.clear();
    stage.clock.advance(2000);
    expect(first.events).toEqual(['up', 'down 1 Down', 'up']);
    expect(second.events).toEqual(['up', 'down 1 Down', 'up']);
  });

  it('sends from a port of its own above 49151 for each session, and listens on 3784 or 4784', () => {
    const stage = new Stage();
    const { service } = stage.service(a);
    for (const [address, multihop] of [
      [b, true],
      [b, false],
      ['10.0.0.3', true],
    ] as const)
      begun(service, { address, multihop });
    const ports = stage.network.ports.map((key) => Number(key.split(' ')[1]));
    expect(ports.filter((port) => port < 49_152).sort()).toEqual([3784, 4784]);
    expect(new Set(ports.filter((port) => port >= 49_152)).size).toBe(3);
  });

  it('tells the other side that it is closed, tells nobody here, and leaves nothing open', () => {
    const { stage, first, second, watch, answering } = pair();
    watch.close();
    stage.clock.advance(0);
    expect(second.events).toEqual(['up', `down ${diagnostics.neighbourSignalledDown} AdminDown`]);
    expect(answering.remoteState).toBe('AdminDown');
    expect(first.events).toEqual(['up']);
    stage.clock.advance(3000);
    answering.close();
    stage.clock.advance(10_000);
    expect(stage.network.ports).toEqual([]);
    expect(stage.clock.pending).toBe(0);
  });

  it('watches again at once what was closed', () => {
    const { stage, first, second, watch } = pair();
    watch.close();
    const again = begun(first.service, { address: b });
    stage.clock.advance(2000);
    expect(again.state).toBe('Up');
    expect(second.events).toEqual(['up', 'down 3 AdminDown', 'up']);
  });

  it('stops with a word to everybody', () => {
    const { stage, first, second } = pair();
    first.service.stop();
    stage.clock.advance(0);
    expect(second.events.at(-1)).toBe('down 3 AdminDown');
    expect(stage.network.ports.every((key) => key.startsWith(b))).toBe(true);
  });

  it('comes up again with one that was killed and forgot its discriminator', () => {
    const { stage, first, second } = pair();
    stage.network.cut.add(b);
    second.service.stop();
    stage.network.cut.clear();
    const restarted = stage.service(b);
    begun(restarted.service, { address: a, passive: true });
    stage.clock.advance(4000);
    expect(first.events).toEqual(['up', 'down 1 Down', 'up']);
    expect(restarted.service.dropped.get('unknown-discriminator')).toBeGreaterThan(0);
  });

  it('ignores whom it does not watch, and what is malformed, and counts it', () => {
    const { stage, first } = pair();
    const packet = new Uint8Array(24);
    stage.network.send(packet, '10.0.0.99', a, 4784);
    stage.network.send(packet, b, a, 4784);
    stage.network.send(packet, b, a, 3784);
    stage.clock.advance(0);
    expect(first.service.dropped.get('unknown-sender')).toBe(1);
    expect(first.service.dropped.get('version')).toBe(1);
    expect(first.events).toEqual(['up']);
  });

  it('hears what waits in the socket before it calls anybody dead, when it stood still itself', () => {
    const { stage, first, watch } = pair();
    stage.network.still = a;
    stage.clock.advance(300);
    expect(stage.network.still).toBeUndefined();
    expect(watch.state).toBe('Up');
    expect(first.events).toEqual(['up']);
  });

  it('refuses what cannot be, with a reason', () => {
    const stage = new Stage();
    const { service } = stage.service(a);
    const refusal = (options: Partial<WatchOptions> & { readonly address: string }) => {
      const result = service.watch({ ...usual, ...options });
      return result.ok ? undefined : [result.code, result.reason];
    };
    const noEnds = 'not what a BFD session can be between: give IP addresses of one family';
    expect(refusal({ address: 'gateway' })).toEqual(['address', `gateway is ${noEnds}`]);
    expect(refusal({ address: 'fd00::1', local: a })).toEqual(['address', `fd00::1 and ${a} are ${noEnds}`]);
    begun(service, { address: 'fd00::1' });
    expect(refusal({ address: 'FD00:0::1' })).toEqual(['watched', 'fd00::1 is watched already, from [::]:4784']);
    expect(stage.service(a).service.watch({ ...usual, address: 'fd00::1' })).toMatchObject({
      ok: false,
      code: 'socket',
      reason: '[::]:4784 cannot be opened for BFD: EADDRINUSE',
    });
  });

  it('has room for so many sessions, and no more', () => {
    const stage = new Stage();
    const { service } = stage.service(a);
    const address = (index: number) => `10.1.${index >> 8}.${index & 255}`;
    for (let i = 0; i < MOST_SESSIONS; i++) begun(service, { address: address(i) });
    expect(service.watch({ ...usual, address: b })).toMatchObject({ ok: false, code: 'full' });
    service.stop();
    expect(service.watch({ ...usual, address: b })).toMatchObject({ ok: true });
  });
});

describe("Node's UDP socket", () => {
  it('is open, or refused, when it is given back', () => {
    const place = { family: 4, address: '127.0.0.1', port: 0 } as const;
    const opened = openNodeSocket(place, () => {});
    expect(opened.ok).toBe(true);
    if (opened.ok) opened.socket.close();
    expect(openNodeSocket({ ...place, address: '192.0.2.1' }, () => {})).toEqual({ ok: false, code: 'EADDRNOTAVAIL' });
  });
});
