import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot } from '../support/namespace.ts';
import { until } from '../support/until.ts';
import type { PeerView } from './underlay.ts';

describe.runIf(isRoot)('two replicas', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.clear());

  it.each([
    ['IPv4', '10.0.0.1', '10.0.0.2', '24'],
    ['IPv6', 'fd00::1', 'fd00::2', '64'],
  ])('that call each other have one session over %s, with TCP-MD5 and GTSM', async (_, one, two, length) => {
    const namespaces = [bench.namespace('one'), bench.namespace('two')] as const;
    namespaces[0].link('wire', namespaces[1], 'wire');
    const words = one.includes(':') ? ['nodad'] : [];
    const daemons = [];
    for (const [i, own] of [one, two].entries()) {
      const other = own === one ? two : one;
      const namespace = namespaces[i] as (typeof namespaces)[0];
      namespace.ip('address', 'add', `${own}/${length}`, 'dev', 'wire', ...words);
      const config = [
        ...['domain: dc1', 'asn: 65000', `routerId: 10.255.0.${i + 1}`],
        `listen: ["${own.includes(':') ? `[${own}]` : own}:179"]`,
        `nvas: [{ address: "${other}", password: "between us", ttlSecurity: 1 }]`,
      ];
      daemons.push({ other, nvad: bench.nvad(namespace, config.join('\n'), { file: `${i}.yaml` }) });
    }
    for (const { nvad, other } of daemons) {
      await nvad.up();
      const peer = () => nvad.get<PeerView>(`/v1/peers/${other}`);
      await until(async () => (await peer()).state === 'Established', {
        within: 20_000,
        what: `${other} at the other`,
      });
      expect(await peer()).toMatchObject({ tcpMd5: true, ttlSecurity: 1 });
    }
  });
});
