import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/nve-protocol/client/index.ts';
import { NveServer } from '../../../src/nve-protocol/server/server.ts';
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
});
