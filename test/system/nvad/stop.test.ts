import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { announceMany, macRoutes } from '../support/many-routes.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { NotifySocket } from '../support/notify-socket.ts';

const config = `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves: [{ prefix: 127.0.1.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;

/** RFC 9003 §2: length and text behind Cease/Administrative Shutdown. */
const shutdown = (text: string) => `0602${text.length.toString(16)}${Buffer.from(text).toString('hex')}`;

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('the end of nvad', () => {
  let bench: Bench;
  let net: Namespace;
  beforeEach(() => {
    bench = new Bench();
    net = bench.namespace('lo');
  });
  afterEach(() => bench.clear());
  const established = (localAddress: string) =>
    bench.client(net, { localAddress }).establish({ asn: 65000, id: localAddress });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: Cease/Administrative Shutdown and why to every peer, exit code 0',
    async (signal) => {
      const nvad = await bench.nvad(net, config).up();
      const clients = [await established('127.0.1.1'), await established('127.0.1.2')];
      const since = performance.now();
      nvad.signal(signal);
      for (const client of clients) {
        expect(await client.notification()).toBe(shutdown(`nvad of domain dc1 was stopped (${signal})`));
        await client.ended();
      }
      expect(await nvad.exit()).toEqual({ code: 0, signal: null });
      expect(performance.now() - since).toBeLessThan(2000);
      expect(nvad.stderr).toBe('');
      expect(nvad.messages().slice(-1)).toEqual(['info: nvad ended']);
      const late = bench.client(net, { localAddress: '127.0.1.3' });
      await late.ended();
      expect(late.error).toBe('ECONNREFUSED');
    },
  );

  it('with nobody there: exit code 0 at once', async () => {
    const nvad = await bench.nvad(net, config).up();
    nvad.signal('SIGTERM');
    expect(await nvad.exit(2000)).toEqual({ code: 0, signal: null });
  });

  it('a peer that does not read holds it up for seconds, not for good', async () => {
    const nvad = await bench.nvad(net, config).up();
    const [sender, deaf] = [await established('127.0.1.1'), await established('127.0.1.2')];
    deaf.socket.pause();
    sender.send(announceMany(macRoutes(0, 1000), { nextHop: '10.0.0.11' }));
    nvad.signal('SIGTERM');
    expect((await sender.notification()).slice(0, 4)).toBe('0602');
    expect(await nvad.exit(5000)).toEqual({ code: 0, signal: null });
  });

  it('a second signal ends it without waiting, exit code 1', async () => {
    const nvad = await bench.nvad(net, config).up();
    const deaf = await established('127.0.1.2');
    deaf.socket.pause();
    nvad.signal('SIGTERM');
    await nvad.logged(/^stopping$/);
    const since = performance.now();
    nvad.signal('SIGTERM');
    expect(await nvad.exit()).toEqual({ code: 1, signal: null });
    expect(performance.now() - since).toBeLessThan(1000);
    expect(nvad.messages()).toContain('warn: second signal: ending without waiting for peers');
  });

  it('tells the service manager: READY, RELOADING and READY, STOPPING (sd_notify)', async () => {
    const path = join(bench.folder, 'notify');
    const manager = await new NotifySocket(path).bound();
    bench.defer(() => manager.close());
    const nvad = await bench.nvad(net, config, { environment: { NOTIFY_SOCKET: path } }).up();
    const status = 'STATUS=listening on 127.0.0.1 port 179; 0 peers established; API on 127.0.0.1:8080';
    expect(await manager.told('READY=1')).toEqual(['READY=1', status]);
    await established('127.0.1.1');

    const before = manager.datagrams.length;
    nvad.signal('SIGHUP');
    const reloading = await manager.told('RELOADING=1', before);
    expect(reloading[1]).toMatch(/^MONOTONIC_USEC=\d{6,}$/);
    expect(await manager.told('READY=1', before)).toEqual(['READY=1', status.replace('0 peers', '1 peer')]);

    nvad.signal('SIGTERM');
    expect(await manager.told('STOPPING=1')).toEqual(['STOPPING=1']);
    expect(await nvad.exit()).toEqual({ code: 0, signal: null });
    const order = manager.datagrams.map(([first]) => first).filter((line) => !line?.startsWith('STATUS'));
    expect(order).toEqual(['READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1']);
  });
});
