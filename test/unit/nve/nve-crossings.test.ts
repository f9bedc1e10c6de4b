/** What an NVE joins, keeps and says when it is told that it is a gateway between domains. */
import { describe, expect, it, vi } from 'vitest';
import type { Crossing } from '../../../src/nva/crossing.ts';
import type { NveMemory } from '../../../src/nve/attachment-store.ts';
import { noRoles } from '../../../src/nve/gateway-roles.ts';
import type { Kernel } from '../../../src/nve/kernel.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import type { NvaListener } from '../../../src/nve/nva-session.ts';
import { Nve, type NveModules } from '../../../src/nve/nve.ts';
import { freshKernel, network, ownAddress } from './arbitrary.ts';

const kernel: Kernel = { read: async () => freshKernel(), run: async () => [], watch: () => () => {} };
const hosts = { learntAt: async () => [], settleAt: async () => {}, watchHosts: () => () => {} };

async function lab(pull: boolean, memory: NveMemory = { attachments: [], networks: [] }) {
  const calls: string[] = [];
  let listener: NvaListener | undefined;
  let kept = memory;
  const modules: NveModules = {
    kernel: { ...kernel, ...hosts },
    legKernel: () => kernel,
    session: {
      legs: () => {},
      start: (to) => {
        listener = to;
      },
      attach: async () => ({ answer: 'yes' }),
      detach: async () => ({ answer: 'yes' }),
      join: (name, asks) => {
        calls.push(`${asks ? 'pull' : 'push'} ${name}`);
        listener?.parameters(name, network(name, name === 'web' ? 100 : 200));
      },
      leave: (name) => void calls.push(`leave ${name}`),
      resolve: async () => ({ answer: 'unknown' }),
      stop: () => {},
    },
    store: {
      load: () => kept,
      save: (saved) => {
        kept = saved;
      },
    },
    clock: { after: () => () => {} },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  };
  const nve = new Nve(
    {
      ...{ name: 'gw', tunnelAddress: ownAddress, pull, fallback: 'keep', fallbackAfter: 1000, gateways: new Map() },
      ...{ roles: noRoles, legs: [{ domain: 'dc2', namespace: 'wan', tunnelAddress: ownAddress }] },
    },
    modules,
  );
  await nve.start();
  const told = (...crossings: readonly Crossing[]) => listener?.crossings(crossings);
  return { nve, calls, told, memory: () => kept };
}

const crossing = (domain: string): Crossing => ({ network: 'web', domain, outside: `web@${domain}`, floods: true });
const vm1: LocalAttachment = {
  ...{ network: 'web', id: 'vm1', port: 'veth0', mac: '02:00:00:00:00:01', ips: [], prefixes: [] },
  ...{ state: 'associated', role: 'tenant', sticky: false },
};

describe('an NVE that is told that it is a gateway', () => {
  it('joins both sides, and leaves them when it is none any more', async () => {
    const { nve, calls, told } = await lab(false);
    told(crossing('dc2'));
    told(crossing('dc2'));
    expect(calls).toEqual(['push web', 'push web@dc2']);
    told();
    expect(calls.slice(2)).toEqual(['leave web', 'leave web@dc2']);
    await nve.stop();
  });

  it('joins nothing for a domain that it has no leg to, and says so', async () => {
    const { nve, calls, told } = await lab(false);
    told(crossing('dc9'));
    expect(calls).toEqual([]);
    expect(nve.view().crossings).toEqual([{ ...crossing('dc9'), leg: undefined }]);
    await vi.waitFor(() => expect(nve.view().problems.map(({ code }) => code)).toEqual(['crossing']));
    await nve.stop();
  });

  it('is told all mappings of what crosses, for so long, where it asks for others', async () => {
    const { nve, calls, told } = await lab(true);
    await nve.attach(vm1);
    told(crossing('dc2'));
    told();
    expect(calls).toEqual([
      'pull web',
      'leave web',
      'push web',
      'push web@dc2',
      'leave web',
      'pull web',
      'leave web@dc2',
    ]);
    await nve.stop();
  });

  it('knows after a restart where it is one, and has nothing attached to a far side', async () => {
    const before = await lab(false);
    before.told(crossing('dc2'));
    await before.nve.stop();
    const { nve, calls } = await lab(false, before.memory());
    expect(calls).toEqual(['push web', 'push web@dc2']);
    expect(nve.view().crossings).toEqual([
      { ...crossing('dc2'), leg: { namespace: 'wan', tunnelAddress: ownAddress } },
    ]);
    expect(await nve.attach({ ...vm1, network: 'web@dc2' })).toMatchObject({ status: 'failed' });
    await nve.stop();
  });
});
