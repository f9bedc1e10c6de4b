import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/nve-protocol/client/index.ts';
import { NveServer } from '../../../src/nve-protocol/server/server.ts';
import { encodeMessage } from '../../../src/nve-protocol/wire/codec.ts';
import { rules } from '../../../tools/nve-conformance/rules.ts';
import { run } from '../../../tools/nve-conformance/run.ts';
import { MemoryAuthority, network } from './memory-authority.ts';

/** Our own server, held against the specification as any other implementation can be. */
describe('the NVE protocol server', () => {
  it('keeps every rule of the specification that can be seen from outside', async () => {
    const authority = new MemoryAuthority();
    authority.add(network('web', 100));
    const server = new NveServer(
      { tokens: [{ token: 's3cret' }], times: { keepalive: 300 } },
      { authority, clock: systemClock, log: () => {} },
    );
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const target = {
      host: '127.0.0.1',
      port,
      token: 's3cret',
      name: 'nve',
      tunnelAddress: '198.51.100.1',
      secondTunnelAddress: '198.51.100.2',
      network: 'web',
      time: 3_000,
    };
    const verdicts: Record<string, string> = {};
    for await (const { rule, verdict, reason } of run(target)) {
      verdicts[rule.name] = reason === undefined ? verdict : `${verdict}: ${reason}`;
    }
    server.close();
    expect(verdicts).toEqual(Object.fromEntries(rules.map(({ name }) => [name, 'kept'])));
    expect(rules.length).toBeGreaterThan(40);
  });

  it('is not praised for nothing: an NVA that welcomes everybody and says no more keeps hardly a rule', async () => {
    const limits = { payload: 65_536, subscriptions: 1, pulls: 1 };
    const welcome = { type: 'welcome', version: 1, epoch: 'e', nve: 'nve', keepalive: 300, limits } as const;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(encodeMessage(welcome)));
    });
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    const { port } = server.address() as AddressInfo;
    const names = { name: 'nve', tunnelAddress: '198.51.100.1', secondTunnelAddress: '198.51.100.2', network: 'web' };
    const kept: string[] = [];
    for await (const { rule, verdict } of run({ host: '127.0.0.1', port, token: 's3cret', time: 30, ...names })) {
      if (verdict === 'kept') kept.push(rule.name);
    }
    server.close();
    expect(kept).toEqual([
      'a hello is answered by a welcome in a version that was offered',
      'a message may come octet by octet',
      'unknown fields are ignored, and so is the order of fields',
      'encapsulations that are not known are passed over',
    ]);
  });
});
