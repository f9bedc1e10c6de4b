/** Routes of other domains, of which the networks hear after everybody who speaks BGP. */
import type { OwnSource } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import { announcement, macIp, plain, withdrawal } from '../bgp-ts/rib/kit.ts';
import { attach, nvaLab, nve, put, web } from './kit.ts';

const communities = ['030c000000000008', '0002fde80000000a'];
const routes = (count: number) => Array.from({ length: count }, (_, i) => macIp(0x100 + i, web.vni));

const pieces = (count: number) => {
  const all = routes(count);
  return Array.from({ length: count / 100 }, (_, i) => all.slice(100 * i, 100 * (i + 1)));
};

function announce(source: OwnSource | undefined, count: number): void {
  for (const piece of pieces(count))
    source?.originate(announcement(piece, { ...plain, extendedCommunities: communities }));
}

async function labWithWeb() {
  const { lab, nva, apply } = await nvaLab();
  apply(put(web), put(nve(1)));
  const reader = lab.join('10.0.0.9');
  const source = lab.speaker.openSource({ onBehalfOf: 'dc2' });
  const size = () => nva.mappingsOf('web')?.size ?? 0;
  return { lab, nva, apply, reader, source, size };
}

describe('routes of another domain', () => {
  it('become mappings in slices, and until then not all is known', async () => {
    const { lab, nva, source, size } = await labWithWeb();
    const seen: (readonly [number, boolean])[] = [];
    nva.watch('web', () => seen.push([size(), nva.hasConverged('web')]));
    announce(source, 1200);
    lab.settle();
    expect(seen).toEqual([
      [512, false],
      [1024, false],
      [1200, true],
    ]);
  });

  it('that go before they have become mappings are none', async () => {
    const { lab, nva, source, size } = await labWithWeb();
    const seen: number[] = [];
    nva.watch('web', () => {
      if (seen.length === 0) for (const piece of pieces(1200)) source?.originate(withdrawal(piece));
      seen.push(size());
    });
    announce(source, 1200);
    lab.settle();
    expect([seen[0], size()]).toEqual([512, 0]);
    announce(source, 100);
    lab.settle();
    expect(size()).toBe(100);
  });

  it('do not keep our own waiting', async () => {
    const { lab, nva, apply, source, size } = await labWithWeb();
    const seen: (readonly [number, boolean])[] = [];
    nva.watch('web', () => seen.push([size(), nva.mappingsOf('web')?.find('02:00:00:00:00:01') !== undefined]));
    announce(source, 1200);
    apply(attach(1, 1));
    lab.settle();
    expect(seen[0]?.[1]).toBe(true);
    expect(seen.at(-1)?.[0]).toBe(1202);
  });
});
