import { expect, test } from 'vitest';
import { conflictsAt, eventually, nvactl, nvadPeers, output, ping, unlost, useLab, vtepAt } from './harness.ts';

// The claims of topologies/hybrid-trust/README.md, in its order.
const lab = useLab('hybrid-trust');
const [nve2, rogue] = ['10.0.0.12', '10.0.0.13'];
const victim = { mac: '02:00:00:00:02:02', ip: '192.168.100.2' };
const ofRogue = { mac: '02:00:00:00:03:03', ip: '192.168.100.3' };
const registered = { by: 'orchestrator', nve: nve2, mac: victim.mac };

/** What becomes of a lie: it is told, quarantined, and no ping between the two others is lost. */
async function lies(lie: () => Promise<void>, conflicts: readonly object[]): Promise<void> {
  await unlost(lab, 'host1', victim.ip, async () => {
    await lie();
    await eventually(async () => {
      const shown = await conflictsAt(lab, 'nvad');
      expect(shown).toHaveLength(conflicts.length);
      expect(shown).toEqual(expect.arrayContaining(conflicts.map((conflict) => expect.objectContaining(conflict))));
    });
    expect(await vtepAt(lab, 'nve1', 100, victim.mac)).toBe(nve2);
  });
}

/** A claim as the conflict shows it, and what the list of conflicts has beside it. */
const conflict = (code: string, ...claims: readonly object[]) => ({
  code,
  network: 'web',
  claims: claims.map((claim) => expect.objectContaining(claim)),
});

const claim = (mac: string, ip: string) => output(lab, 'rogue', 'claim', mac, ip).then(() => undefined);
const unclaim = (mac: string, ip: string) => output(lab, 'rogue', 'unclaim', mac, ip).then(() => undefined);

test('1. what is announced and not registered is quarantined: no host reaches another', async () => {
  await eventually(async () => {
    expect(Object.keys(await nvadPeers(lab, 'nvad')).sort()).toEqual(['10.0.0.11', nve2, rogue]);
  });
  await eventually(async () => {
    const conflicts = await conflictsAt(lab, 'nvad');
    expect(new Set(conflicts.map(({ code }) => code))).toEqual(new Set(['not-registered']));
    // Of each NVE its presence, and its host with and without the IP address.
    expect(conflicts.map(({ claims }) => claims[0]?.nve).sort()).toEqual(
      ['10.0.0.11', nve2, rogue].flatMap((address) => [address, address, address]),
    );
  });
  expect(await vtepAt(lab, 'nve1', 100, victim.mac)).toBeUndefined();
  expect((await lab.exec('host1', ['ping', '-c', '1', '-W', '1', victim.ip])).code).not.toBe(0);
});

test('2. the orchestrator registers all hosts in one transaction: they reach each other, and there is no conflict', async () => {
  const applied = await nvactl(lab, 'nvad', 'apply', '/etc/nvad/attachments.yaml');
  expect(applied).toMatchObject({ outcomes: ['created', 'created', 'created'] });
  await eventually(() => ping(lab, 'host1', victim.ip), 5000);
  await eventually(() => ping(lab, 'host2', ofRogue.ip), 5000);
  await eventually(async () => expect(await conflictsAt(lab, 'nvad')).toEqual([]));
});

test("3. the rogue announces a neighbour's MAC and IP address with a higher sequence number, and gets nowhere", async () => {
  await lies(
    () => claim(victim.mac, victim.ip),
    [
      conflict('registered-elsewhere', { by: rogue, nve: rogue, mac: victim.mac, sequence: 1 }, registered),
      conflict('registered-elsewhere', { by: rogue, nve: rogue, ...victim }, { ...registered, ip: victim.ip }),
    ],
  );
  await unclaim(victim.mac, victim.ip);
  await eventually(async () => expect(await conflictsAt(lab, 'nvad')).toEqual([]));
});

test("4. the rogue announces the neighbour's IP address with a MAC address of its own, and gets nowhere", async () => {
  await lies(
    () => claim(ofRogue.mac, victim.ip),
    [
      conflict(
        'not-registered',
        { by: rogue, nve: rogue, mac: ofRogue.mac, ip: victim.ip },
        { by: 'orchestrator', nve: rogue, mac: ofRogue.mac },
        { ...registered, ip: victim.ip },
      ),
    ],
  );
  await output(lab, 'rogue', 'ip', 'neigh', 'del', victim.ip, 'dev', 'br100');
  await eventually(async () => expect(await conflictsAt(lab, 'nvad')).toEqual([]));
});

test("5. the rogue announces all of it with the neighbour's next hop, and gets nowhere", async () => {
  const away = { by: rogue, nve: nve2 };
  const own = { by: 'orchestrator', nve: rogue, mac: ofRogue.mac };
  await lies(async () => {
    await output(lab, 'rogue', 'pose', nve2);
    await claim(victim.mac, victim.ip);
  }, [
    conflict('wrong-session', away, { by: nve2, nve: nve2 }),
    conflict('wrong-session', { ...away, mac: victim.mac }, registered),
    conflict('wrong-session', { ...away, ...victim }, { ...registered, ip: victim.ip }),
    conflict('registered-elsewhere', { ...away, mac: ofRogue.mac }, own),
    conflict('registered-elsewhere', { ...away, ...ofRogue }, { ...own, ip: ofRogue.ip }),
  ]);
});

test('6. the rogue stops: there is no conflict any more, and no ping was lost', async () => {
  await unlost(lab, 'host1', victim.ip, async () => {
    await lab.kill('rogue');
    await eventually(async () => {
      expect(Object.keys(await nvadPeers(lab, 'nvad')).sort()).toEqual(['10.0.0.11', nve2]);
      expect(await conflictsAt(lab, 'nvad')).toEqual([]);
    });
  });
});
