/** nved answers its NVAs by BFD: multihop, on the tunnel address, in the passive role. No NVA speaks the NVE protocol here. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNodeSocket } from '../../../src/bfd/socket.ts';
import { type ControlPacket, diagnostics, encodeControl } from '../../../src/bfd/wire.ts';
import { Bench } from '../support/bench.ts';
import { BfdHere } from '../support/bfd.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { Nved } from '../support/nved.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';

const tunnelAddress = '10.0.0.11';
const stranger = '10.0.0.9';
const options = { address: tunnelAddress, multihop: true, interval: 100, multiplier: 3 };

describe.skipIf(!isRoot)('nved, watched by BFD', () => {
  let bench: Bench;
  let machine: Namespace;
  let nva: BfdHere;
  let underlay: Underlay;

  const nved = (more = '') => {
    const made = new Nved(
      { folder: bench.folder, name: 'nve1', tunnelAddress, nvas: [`${reflector}:8394`], more },
      machine,
    );
    bench.defer(() => made.kill());
    return made;
  };

  beforeEach(() => {
    bench = new Bench();
    underlay = new Underlay(bench);
    underlay.addresses(stranger);
    machine = underlay.node('nve', tunnelAddress);
    nva = new BfdHere(bench, underlay.nva);
  });

  afterEach(() => bench.clear());

  it('is up, down when it is killed, up when it is back, and says AdminDown when it is stopped', async () => {
    const program = await nved().start();
    nva.watch({ ...options, local: reflector });
    await nva.next({ kind: 'up' });
    await until(() => program.output.includes('the NVA watches this machine by BFD'), { within: 5000 });
    await program.kill();
    await nva.next({ kind: 'down', diagnostic: diagnostics.detectionTimeExpired });
    await program.start();
    await nva.next({ kind: 'up' });
    await program.stop();
    await nva.next({
      kind: 'down',
      diagnostic: diagnostics.neighbourSignalledDown,
      remoteState: 'AdminDown',
    });
  });

  it('answers nobody but its NVAs', async () => {
    await nved().start();
    const listener = { family: 4, address: stranger, port: 4784 } as const;
    const heard: Uint8Array[] = [];
    const other = underlay.nva.inside(() => openNodeSocket(listener, ({ bytes }) => heard.push(bytes)));
    if (!other.ok) throw new Error(other.code);
    bench.defer(() => other.socket.close());
    const packet: ControlPacket = {
      ...{ diagnostic: 0, state: 'Down', poll: true, final: false, controlPlaneIndependent: false, demand: false },
      ...{ detectMult: 3, myDiscriminator: 1, yourDiscriminator: 0 },
      ...{ desiredMinTx: 1_000_000, requiredMinRx: 1_000_000, requiredMinEchoRx: 0 },
    };
    other.socket.send(encodeControl(packet), tunnelAddress, 4784);
    // nved reads in order: when the NVA has its answer, the stranger would have had theirs.
    nva.watch({ ...options, local: reflector });
    await nva.next({ kind: 'up' });
    expect(heard).toEqual([]);
  });

  it('begins when the port is free, and goes on without until then', async () => {
    const place = { family: 4, address: tunnelAddress, port: 4784 } as const;
    const taken = machine.inside(() => openNodeSocket(place, () => {}));
    if (!taken.ok) throw new Error(taken.code);
    const program = await nved().start();
    await until(() => program.output.includes('10.0.0.11:4784 cannot be opened for BFD: EADDRINUSE'), { within: 5000 });
    taken.socket.close();
    nva.watch({ ...options, local: reflector });
    await nva.next({ kind: 'up' });
  });

  it('listens to nobody when it is told not to answer', async () => {
    const ports = () => machine.run('ss', '-Hlun').match(/:4784\b/g) ?? [];
    const first = await nved().start();
    expect(ports()).toHaveLength(1);
    await first.stop();
    await nved('bfd: { answer: false }\n').start();
    expect(ports()).toEqual([]);
  });
});
