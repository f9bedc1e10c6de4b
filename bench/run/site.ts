/** Two namespaces joined by a link: one for the reflector, one for all clients together. */
import { Namespace } from '../../test/system/support/namespace.ts';
import { type Underlay, underlayOf } from '../model/addresses.ts';
import type { Population } from '../model/population.ts';

const MTU = 9000;
const DEVICE = 'veth0';

export interface Site {
  readonly reflector: Namespace;
  readonly generator: Namespace;
  readonly underlay: Underlay;
}

/** Makes a site; `stack` takes it away again. */
export function buildSite(population: Population, stack: AsyncDisposableStack): Site {
  const make = (label: string) => {
    const namespace = new Namespace(label);
    stack.defer(() => namespace.remove());
    return namespace;
  };
  const reflector = make('dut');
  const generator = make('load');
  const underlay = underlayOf(population);
  reflector.link(DEVICE, generator, DEVICE);
  for (const [end, address] of [
    [reflector, underlay.reflector],
    [generator, underlay.generator],
  ] as const) {
    end.ip('link', 'set', DEVICE, 'mtu', String(MTU));
    const nodad = population.ip === 6 ? ['nodad'] : [];
    end.ip('address', 'add', `${address}/${underlay.linkPrefix}`, 'dev', DEVICE, ...nodad);
  }
  // Thousands of addresses by two routes, so that nobody needs to be resolved one by one.
  generator.ip('route', 'add', 'local', underlay.clients, 'dev', 'lo');
  if (population.ip === 6) generator.sysctl('net.ipv6.ip_nonlocal_bind', 1);
  reflector.ip('route', 'add', underlay.clients, 'via', underlay.generator);
  // As many connections as there are clients may come at the same moment.
  for (const end of [reflector, generator]) end.sysctl('net.core.somaxconn', 8192);
  reflector.sysctl('net.ipv4.tcp_max_syn_backlog', 8192);
  return { reflector, generator, underlay };
}
