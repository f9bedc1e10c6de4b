/** What the orchestrator has registered here is here, whatever a neighbour domain says. */
import { extendedCommunity } from 'bgp-ts';
import { expect, it } from 'vitest';
import { attach, nve, orchestrator, put, web } from '../nva/kit.ts';
import { type FederationLab, federationLab } from './federation-lab.ts';

const mobility = extendedCommunity({ kind: 'mac-mobility', sticky: true, sequence: 4_000_000 });
const attributes = {
  extendedCommunities: [
    extendedCommunity({ kind: 'route-target', transitive: true, value: { encoding: 'as2', asn: 65002, local: 2010 } }),
    mobility,
  ],
};

const placeOf = ({ nva }: FederationLab, mac: string) => nva.mappingsOf('web')?.find(mac)?.nve;

it('a MAC address stays where it is registered, and follows the neighbour once it is not', async () => {
  const lab = await federationLab();
  const change = (...changes: Parameters<typeof lab.nva.apply>[0]) => {
    lab.nva.apply(changes, orchestrator);
    lab.lab.settle();
  };
  change(put({ ...web, trust: 'orchestrator' }), put(nve(3)), attach(1, 3));
  lab.announce(lab.joinNeighbour(), 'wire', 1, 2, attributes);
  lab.lab.settle();
  expect(placeOf(lab, '02:00:00:00:00:01')).toBe('10.0.0.3');
  expect(placeOf(lab, '02:00:00:00:00:02')).toBe('10.9.0.2');
  expect(lab.nva.conflicts()).toMatchObject([{ code: 'registered-elsewhere' }]);

  change(attach(1, 3, { state: 'detached' }));
  expect(placeOf(lab, '02:00:00:00:00:01')).toBe('10.9.0.2');

  change(attach(1, 3), attach(2, 3));
  expect([1, 2].map((n) => placeOf(lab, `02:00:00:00:00:0${n}`))).toEqual(['10.0.0.3', '10.0.0.3']);
});
