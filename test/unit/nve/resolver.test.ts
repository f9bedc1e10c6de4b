import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../src/nva/mapping.ts';
import { Resolver } from '../../../src/nve/resolver.ts';

const host: Mapping = {
  kind: 'host',
  nve: '10.0.0.2',
  encapsulation: 'vxlan',
  vni: 100,
  mac: '02:00:00:00:00:02',
  sequence: 0,
  sticky: false,
};

/** To 02:00:00:00:00:02, with a number in it. */
const frame = (number: number, to = 2) => Uint8Array.from([2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, 1, 8, 0, number]);

function bench() {
  const asked: { readonly address: string; readonly answer: (mapping: Mapping | undefined) => void }[] = [];
  const sent: number[] = [];
  const resolver = new Resolver({
    resolve: (address) => {
      const { promise, resolve } = Promise.withResolvers<Mapping | undefined>();
      asked.push({ address, answer: resolve });
      return promise;
    },
    send: (octets) => sent.push(octets[14] ?? -1),
  });
  return { asked, sent, resolver };
}

const turn = () => new Promise((resume) => setImmediate(resume));

describe('Resolver', () => {
  it('asks once, and sends what waited in the order in which it came', async () => {
    const { asked, sent, resolver } = bench();
    const octets = frame(1);
    resolver.received(octets);
    octets.fill(0xff);
    resolver.received(frame(2));
    expect(asked.map(({ address }) => address)).toEqual(['02:00:00:00:00:02']);
    expect(sent).toEqual([]);
    asked[0]?.answer(host);
    await turn();
    expect(sent).toEqual([1, 2]);
    resolver.received(frame(3));
    expect(asked).toHaveLength(2);
  });

  it('drops what is for an address that nobody has', async () => {
    const { asked, sent, resolver } = bench();
    resolver.received(frame(1));
    asked[0]?.answer(undefined);
    await turn();
    expect(sent).toEqual([]);
    expect(resolver.counts).toEqual({ dropped: 0, unknown: 1, sent: 0 });
  });

  it('holds a bounded number of frames, and drops the later ones', async () => {
    const { asked, sent, resolver } = bench();
    for (let number = 0; number < 20; number++) resolver.received(frame(number));
    expect(resolver.counts.dropped).toBe(4);
    asked[0]?.answer(host);
    await turn();
    expect(sent).toHaveLength(16);
  });
});
