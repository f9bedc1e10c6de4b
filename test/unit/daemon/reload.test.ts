import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { reload } from '../../../src/daemon/reload.ts';
import { collectLog } from './fakes.ts';

const head = 'domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n';

function load(text: string) {
  const result = parseConfig('F', `${head}${text}`);
  if (!result.ok) throw new Error(result.errors[0]?.reason);
  return result;
}

it('names what changed as the file does', async () => {
  const { lines, destination } = collectLog();
  const logging = new Logging({ level: 'info', levels: {}, format: 'json', colour: false }, { destination });
  const daemon = { reload: () => Promise.resolve([]) };
  const { loaded } = load('nves: [{ address: 10.1.0.7, asn: 65001 }, { address: 10.1.0.8 }]\n');
  const next = load('nves: [{ address: 10.1.0.7, asn: 65001, role: peer }]\nnvas: [{ address: 10.1.0.8 }]\n');
  await reload(loaded, { logging, daemon, load: () => Promise.resolve(next) });
  expect(lines.map(({ msg }) => msg)).toEqual([
    'nve 10.1.0.7 changed (role); its session is made anew',
    'nva 10.1.0.8 changed (nves or nvas); its session is made anew',
    'configuration reloaded',
  ]);
});

it('names what is declared otherwise, each by its name', async () => {
  const { lines, destination } = collectLog();
  const logging = new Logging({ level: 'info', levels: {}, format: 'json', colour: false }, { destination });
  const daemon = { reload: () => Promise.resolve([]) };
  const { loaded } = load(`virtualNetworks: [{ name: web, vni: 1 }, { name: db, vni: 2 }]
nves: [{ name: tor1, kind: static, tunnelAddress: 10.1.0.1 }, { name: tor2, kind: static, tunnelAddress: 10.1.0.2 }]
`);
  const next = load(`virtualNetworks: [{ name: web, vni: 1, trust: both, mtu: 9000 }, { name: mail, vni: 2 }]
admission: open
macMobility: { seconds: 60 }
nveProtocol: { listen: "127.0.0.1:8394" }
nves: [{ name: tor2, kind: static, tunnelAddress: 10.1.0.1 }, { name: tor3, kind: static, tunnelAddress: 10.1.0.2 }]
`);
  await reload(loaded, { logging, daemon, load: () => Promise.resolve(next) });
  expect(lines.map(({ msg }) => msg)).toEqual([
    'nve tor1 no longer declared',
    'virtual network db removed',
    'virtual network web changed (trust, mtu)',
    'declaration of nve tor2 changed (tunnelAddress)',
    'virtual network mail added',
    'nve tor3 declared',
    'admission is open now',
    'a MAC address is a duplicate after 5 moves in 60 s now',
    'NVE protocol on 127.0.0.1:8394',
    'F:1:1: with store: memory, what is attached by the API or the NVE protocol is forgotten with each restart; use kind: sqlite',
    'configuration reloaded',
  ]);
});
