import { describe, expect, it, vi } from 'vitest';
import type { Mapping } from '../../../src/nva/mapping.ts';
import { noRoles } from '../../../src/nve/gateway-roles.ts';
import type { LearntHost } from '../../../src/nve/learnt-hosts.ts';
import type { NvaAnswer, NvaListener } from '../../../src/nve/nva-session.ts';
import { Nve } from '../../../src/nve/nve.ts';
import { freshKernel, network, ownAddress } from './arbitrary.ts';

const mac = '02:00:00:00:00:01';
const host = (moved = false): LearntHost => ({ mac, moved });

/** An NVE that learns behind veth3, with a kernel, an NVA and a clock that do as they are told. */
async function lab() {
  let there: readonly LearntHost[] = [];
  let answer: NvaAnswer = { answer: 'yes' };
  let changed = () => {};
  let nva: NvaListener | undefined;
  const timers = new Map<() => void, number>();
  const asked: string[] = [];
  const settled: string[] = [];
  const nve = new Nve(
    {
      ...{ name: 'nve1', tunnelAddress: ownAddress, pull: false, fallback: 'keep', fallbackAfter: 1000 },
      gateways: new Map(),
      roles: { ...noRoles, ports: [{ network: 'web', port: 'veth3', maxHosts: 2 }] },
    },
    {
      kernel: {
        read: async () => freshKernel(),
        run: async () => [],
        watch: () => () => {},
        learntAt: async () => there,
        settleAt: async (port, address) => void settled.push(`${port} ${address}`),
        watchHosts: (_ports, call) => {
          changed = call;
          return () => {};
        },
      },
      session: {
        legs: () => {},
        start: (listener) => {
          nva = listener;
        },
        attach: async ({ id }) => {
          asked.push(`attach ${id}`);
          return answer;
        },
        detach: async (_network, id) => {
          asked.push(`detach ${id}`);
          return { answer: 'yes' };
        },
        join: () => {},
        leave: () => {},
        resolve: async () => ({ answer: 'unknown' }),
        stop: () => {},
      },
      store: { load: () => ({ attachments: [], networks: [] }), save: () => {} },
      clock: {
        after(milliseconds, call) {
          timers.set(call, milliseconds);
          return () => void timers.delete(call);
        },
      },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    },
  );
  await nve.start();
  nva?.parameters('web', network('web', 100));
  /** What is due after so many milliseconds, now. */
  const pass = (milliseconds: number) => {
    for (const [call, after] of [...timers]) {
      if (after !== milliseconds) continue;
      timers.delete(call);
      call();
    }
  };
  return {
    nve,
    asked,
    settled,
    pass,
    elsewhere: (...mappings: Mapping[]) =>
      nva?.changes(
        'web',
        mappings.map((set) => ({ set })),
      ),
    say: (said: NvaAnswer) => {
      answer = said;
    },
    hears: (...hosts: readonly LearntHost[]) => {
      there = hosts;
      changed();
      pass(100);
    },
    statuses: () => nve.view().attachments.map(({ attachment: { id }, status: { status } }) => `${id} ${status}`),
  };
}

describe('an NVE with the role of a port', () => {
  it('tells the NVA who is there and who is not any more', async () => {
    const { nve, hears, asked, statuses } = await lab();
    hears(host());
    await vi.waitFor(() => expect(statuses()).toEqual([`${mac}@nve1 attached`]));
    hears();
    await vi.waitFor(() => expect(asked).toEqual([`attach ${mac}@nve1`, `detach ${mac}@nve1`]));
    await nve.stop();
  });

  it('takes one over from elsewhere when the NVA agrees, and gives it up when it is elsewhere', async () => {
    const { nve, hears, asked, settled, elsewhere, statuses } = await lab();
    hears(host(true));
    await vi.waitFor(() => expect(settled).toEqual([`veth3 ${mac}`]));
    const there = { kind: 'host', nve: '10.0.0.2', encapsulation: 'vxlan', vni: 100, mac, sticky: false } as const;
    // Of an address that it had before.
    elsewhere({ ...there, sequence: 0, ip: '192.168.0.1' });
    expect(statuses()).toEqual([`${mac}@nve1 attached`]);
    elsewhere({ ...there, sequence: 2 });
    expect(statuses()).toEqual([]);
    expect(asked).toEqual([`attach ${mac}@nve1`, `detach ${mac}@nve1`]);
    await nve.stop();
  });

  it('asks again for one that was refused, and takes nothing over until then', async () => {
    const { nve, hears, asked, settled, say, pass, statuses } = await lab();
    say({ answer: 'no', reason: 'it is not registered' });
    hears(host(true));
    await vi.waitFor(() => expect(statuses()).toEqual([`${mac}@nve1 refused`]));
    expect(settled).toEqual([]);
    say({ answer: 'yes' });
    pass(60_000);
    await vi.waitFor(() => expect(statuses()).toEqual([`${mac}@nve1 attached`]));
    expect([asked.length, settled]).toEqual([2, [`veth3 ${mac}`]]);
    await nve.stop();
  });
});
