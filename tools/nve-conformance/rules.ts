/** What docs/nve-protocol.md asks of an NVA, as far as one that connects to it can see. */
import { encode } from '@msgpack/msgpack';
import type { MappingChange } from '../../src/nva/mapping.ts';
import type { Changes } from '../../src/nve-protocol/wire/message/changes.ts';
import type { SnapshotEnd } from '../../src/nve-protocol/wire/message/snapshot-end.ts';
import type { Welcome } from '../../src/nve-protocol/wire/message/welcome.ts';
import { Broken, frameOf, type Peer, Skipped, type Target } from './peer.ts';

/** What a rule may do; what it opens is closed when it is over. */
export interface Context {
  readonly target: Target;
  /** A connection on which nothing was said. */
  open(): Promise<Peer>;
  /** One that was welcomed. */
  up(more?: object): Promise<Peer & { readonly welcome: Welcome }>;
  /** The same as another NVE. */
  second(): Promise<Peer>;
  hello(more?: object): Readonly<Record<string, unknown>>;
}

export interface Rule {
  readonly name: string;
  /** Heading of the specification. */
  readonly section: string;
  /** Why it cannot be tried here. */
  readonly skip?: (target: Target) => string | undefined;
  readonly check: (context: Context) => Promise<void>;
}

const mac = '02:fe:00:00:00:01';
const ip = '198.51.100.77';
const attachment = { id: 'nve-conformance', mac, ips: [ip] };
const frames = 'Transport, frames and messages';
const connection = 'A connection from hello to goodbye';
const networks = 'Networks: push, pull, resume';
const gateways = 'Gateways between domains';
const questions = 'Questions, leases and invalidation';

function must(condition: boolean, what: string): void {
  if (!condition) throw new Broken(what);
}

async function joined(peer: Peer, network: string, more: object = {}): Promise<SnapshotEnd> {
  peer.send({ type: 'join', id: 1, network, mode: 'push', ...more });
  await peer.until('joined');
  return await peer.until('snapshot-end');
}

const concerns = (change: MappingChange) => {
  const mapping = 'set' in change ? change.set : change.gone;
  return mapping.kind === 'host' && (mapping.mac === mac || mapping.ip === ip);
};

export const rules: readonly Rule[] = [
  {
    name: 'a hello is answered by a welcome in a version that was offered',
    section: connection,
    check: async ({ up }) => {
      const { welcome } = await up();
      must(welcome.version === 1, `version 1 was offered, and ${welcome.version} is spoken`);
      must(welcome.limits.payload >= 65_536, 'a payload of 65,536 octets must be taken');
    },
  },
  {
    name: 'a hello without a version that both speak is refused with version',
    section: connection,
    check: async ({ open, hello }) => {
      const peer = await open();
      peer.send(hello({ versions: [65_000] }));
      await peer.fatal('version');
    },
  },
  {
    name: 'what comes before the hello is refused with unexpected-message',
    section: connection,
    check: async ({ open }) => {
      const peer = await open();
      peer.send({ type: 'ping', id: 1 });
      await peer.fatal('unexpected-message');
    },
  },
  {
    name: 'a hello with a fault ends the connection',
    section: connection,
    check: async ({ open, hello }) => {
      const peer = await open();
      peer.send(hello({ tunnelAddress: 'nowhere' }));
      await peer.fatal('bad-value');
    },
  },
  {
    name: 'a token that is not known is refused with unauthorized',
    section: connection,
    skip: ({ token, tls }) =>
      token === undefined
        ? 'no token was given'
        : tls?.certificate !== undefined
          ? 'a certificate was given'
          : undefined,
    check: async ({ open, hello }) => {
      const peer = await open();
      peer.send(hello({ token: 'not a token that anybody has' }));
      await peer.fatal('unauthorized');
    },
  },
  {
    name: 'a second hello is refused, and costs nothing',
    section: connection,
    check: async ({ up, hello }) => {
      const peer = await up();
      peer.send(hello());
      await peer.refusal('unexpected-message');
      await peer.alive();
    },
  },
  {
    name: 'a second connection of the same NVE replaces the first',
    section: connection,
    check: async ({ up }) => {
      const first = await up();
      await up();
      await first.fatal('replaced');
    },
  },
  {
    name: 'one with another tunnel address is refused with already-connected',
    section: connection,
    check: async ({ target, up, open, hello }) => {
      const first = await up();
      const peer = await open();
      peer.send(hello({ tunnelAddress: target.secondTunnelAddress }));
      await peer.refusal('already-connected', undefined, true);
      await first.alive();
    },
  },
  {
    name: 'a ping is answered by a pong with its id',
    section: connection,
    check: async ({ up }) => {
      const peer = await up();
      peer.send({ type: 'ping', id: 0xffff_ffff });
      must((await peer.expect('pong')).id === 0xffff_ffff, 'the pong has another id');
    },
  },
  {
    name: 'who is silent is asked with ping, and ended with silent',
    section: connection,
    check: async ({ up, target }) => {
      const peer = await up();
      const { keepalive } = peer.welcome;
      if (keepalive * 5 > target.time) throw new Skipped(`a keepalive of ${keepalive} ms is too long to wait for`);
      await peer.quietly('ping');
      await peer.fatal('silent');
    },
  },
  {
    name: 'a goodbye ends the connection',
    section: connection,
    check: async ({ up }) => {
      const peer = await up();
      peer.send({ type: 'goodbye', reason: '' });
      await peer.end();
    },
  },
  {
    name: 'a message may come octet by octet',
    section: frames,
    check: async ({ open, hello }) => {
      const peer = await open();
      for (const octet of frameOf(encode(hello()))) {
        peer.raw(Uint8Array.of(octet));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await peer.expect('welcome');
    },
  },
  {
    name: 'many messages may come at once',
    section: frames,
    check: async ({ up }) => {
      const peer = await up();
      const pings = Array.from({ length: 100 }, (_, id) => frameOf(encode({ type: 'ping', id })));
      peer.raw(Buffer.concat(pings));
      for (let id = 0; id < 100; id++) must((await peer.expect('pong')).id === id, `the pong of ${id} must come`);
    },
  },
  {
    name: 'unknown fields are ignored, and so is the order of fields',
    section: frames,
    check: async ({ open, hello }) => {
      const peer = await open();
      const fields = Object.entries({ ...hello(), later: { than: [1, 'this'] } }).reverse();
      peer.send(Object.fromEntries(fields));
      await peer.expect('welcome');
    },
  },
  {
    name: 'encapsulations that are not known are passed over',
    section: frames,
    check: async ({ open, hello }) => {
      const peer = await open();
      peer.send(hello({ encapsulations: ['smoke-signals', 'vxlan'] }));
      await peer.expect('welcome');
    },
  },
  {
    name: 'who has legs is told all its crossings, though they be none',
    section: gateways,
    check: async ({ up, target }) => {
      const peer = await up({ legs: [{ domain: 'elsewhere', tunnelAddress: target.tunnelAddress }] });
      while ((await peer.until('crossings')).more);
      await peer.alive();
    },
  },
  {
    name: 'a hello with two legs to one domain is refused',
    section: gateways,
    check: async ({ open, hello, target }) => {
      const peer = await open();
      const leg = { domain: 'elsewhere', tunnelAddress: target.tunnelAddress };
      peer.send(hello({ legs: [leg, leg] }));
      await peer.fatal('bad-value');
    },
  },
  {
    name: 'an unknown message is answered with unknown-message, and costs nothing',
    section: frames,
    check: async ({ up }) => {
      const peer = await up();
      peer.send({ type: 'message-of-version-9', id: 12 });
      await peer.refusal('unknown-message', 12);
      await peer.alive();
    },
  },
  {
    name: 'a message that only NVAs send is one',
    section: frames,
    check: async ({ up, target }) => {
      const peer = await up();
      peer.send({ type: 'complete', network: target.network });
      await peer.refusal('unknown-message');
      await peer.alive();
    },
  },
  ...(
    [
      ['missing-field', { network: undefined }, 'network'],
      ['wrong-type', { network: 7 }, 'network'],
      ['bad-value', { mode: 'shove' }, 'mode'],
      ['missing-field', { since: { epoch: 'e' } }, 'since.version'],
    ] as const
  ).map(
    ([code, fault, field]): Rule => ({
      name: `${field} with a fault is answered with ${code}, its id and its field, and costs nothing`,
      section: frames,
      check: async ({ up, target }) => {
        const peer = await up();
        peer.send({ type: 'join', id: 9, network: target.network, mode: 'push', ...fault });
        const error = await peer.refusal(code, 9);
        must(error.field === field, `the field is ${field}, and ${error.field} was named`);
        await peer.alive();
      },
    }),
  ),
  {
    name: 'addresses that are not canonical are refused',
    section: frames,
    check: async ({ up, target }) => {
      const peer = await up();
      for (const address of ['02:FE:00:00:00:01', '10.0.0.01', '2001:DB8::1', '2001:db8:0:0:0:0:0:1']) {
        peer.send({ type: 'resolve', id: 4, network: target.network, address });
        await peer.refusal('bad-value', 4);
      }
      await peer.alive();
    },
  },
  {
    name: 'too many items are refused',
    section: 'Limits',
    check: async ({ up, target }) => {
      const peer = await up();
      const ips = Array<string>(257).fill(ip);
      peer.send({ type: 'attach', id: 5, network: target.network, attachment: { ...attachment, ips } });
      await peer.refusal('too-many-items', 5);
      await peer.alive();
    },
  },
  {
    name: 'a frame that is too long ends the connection',
    section: 'Limits',
    check: async ({ up }) => {
      const peer = await up();
      peer.raw(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
      await peer.fatal('too-long');
    },
  },
  {
    name: 'a frame without octets ends the connection',
    section: frames,
    check: async ({ up }) => {
      const peer = await up();
      peer.raw(Uint8Array.of(0, 0, 0, 0));
      await peer.fatal('not-a-message');
    },
  },
  {
    name: 'what is no map ends the connection',
    section: frames,
    check: async ({ up }) => {
      const peer = await up();
      peer.raw(frameOf(encode(['ping', 1])));
      await peer.fatal('not-a-message');
    },
  },
  ...(
    [
      ['no msgpack', Uint8Array.of(0xc1)],
      ['a map that claims more than it holds', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
      ['arrays in arrays without end', new Uint8Array(10_000).fill(0x91)],
      ['a message with octets behind it', Buffer.concat([encode({ type: 'ping', id: 1 }), Uint8Array.of(0)])],
    ] as const
  ).map(
    ([what, payload]): Rule => ({
      name: `${what} ends the connection`,
      section: frames,
      check: async ({ up }) => {
        const peer = await up();
        peer.raw(frameOf(payload));
        await peer.fatal('not-msgpack');
      },
    }),
  ),
  {
    name: 'a join of a network that there is not is refused with no-such-network',
    section: networks,
    check: async ({ up }) => {
      const peer = await up();
      peer.send({ type: 'join', id: 3, network: 'nve-conformance-has-no-such-network', mode: 'push' });
      await peer.refusal('no-such-network', 3);
      await peer.alive();
    },
  },
  {
    name: 'a join brings parameters, a snapshot, and complete, in this order',
    section: networks,
    check: async ({ up, target }) => {
      const peer = await up();
      peer.send({ type: 'join', id: 3, network: target.network, mode: 'push' });
      const answer = await peer.expect('joined');
      must(answer.id === 3 && !answer.resumed, 'joined must have the id of the join, and not be resumed');
      await peer.expect('parameters');
      await peer.expect('snapshot-begin');
      await peer.until('snapshot-end');
      await peer.until('complete');
    },
  },
  {
    name: 'a second join is refused with already-joined',
    section: networks,
    check: async ({ up, target }) => {
      const peer = await up();
      await joined(peer, target.network);
      peer.send({ type: 'join', id: 4, network: target.network, mode: 'push' });
      await peer.refusal('already-joined', 4);
    },
  },
  {
    name: 'a leave is answered by left, and a second one refused with not-joined',
    section: networks,
    check: async ({ up, target }) => {
      const peer = await up();
      await joined(peer, target.network);
      peer.send({ type: 'leave', id: 4, network: target.network });
      must((await peer.until('left')).id === 4, 'left must have the id of the leave');
      peer.send({ type: 'leave', id: 5, network: target.network });
      await peer.refusal('not-joined', 5);
    },
  },
  {
    name: 'a join resumes from a version that was told',
    section: networks,
    check: async ({ up, target }) => {
      const first = await up();
      const { version } = await joined(first, target.network);
      const { epoch } = first.welcome;
      const again = await up();
      must(again.welcome.epoch === epoch, 'the epoch must be the same');
      again.send({ type: 'join', id: 2, network: target.network, mode: 'push', since: { epoch, version } });
      must((await again.expect('joined')).resumed, 'it must be resumed');
      const more = await again.all();
      must(!more.some(({ type }) => type === 'snapshot-begin'), 'a snapshot came all the same');
    },
  },
  ...(
    [
      ['of another epoch', () => ({ epoch: 'nve-conformance', version: 0 })],
      ['that was never reached', (epoch: string) => ({ epoch, version: Number.MAX_SAFE_INTEGER })],
    ] as const
  ).map(
    ([what, since]): Rule => ({
      name: `a join since a version ${what} brings a snapshot`,
      section: networks,
      check: async ({ up, target }) => {
        const peer = await up();
        const { epoch } = peer.welcome;
        peer.send({ type: 'join', id: 2, network: target.network, mode: 'push', since: since(epoch) });
        must(!(await peer.expect('joined')).resumed, 'it must not be resumed');
        await peer.until('snapshot-end');
      },
    }),
  ),
  {
    name: 'an NVE that pulls is told the flood list alone',
    section: networks,
    check: async ({ up, target }) => {
      const peer = await up();
      peer.send({ type: 'join', id: 3, network: target.network, mode: 'pull' });
      await peer.until('snapshot-begin');
      while (true) {
        const message = await peer.next();
        if (message.type === 'snapshot-end') return;
        if (message.type !== 'mappings') continue;
        must(
          message.mappings.every(({ kind }) => kind === 'flood'),
          'mappings of hosts or prefixes were sent',
        );
      }
    },
  },
  {
    name: 'an attachment is told to those who have joined, and so is its end',
    section: 'Attachments',
    check: async ({ up, second, target }) => {
      const other = await second();
      await joined(other, target.network);
      const peer = await up();
      peer.send({ type: 'attach', id: 6, network: target.network, attachment });
      const yes = await peer.until('outcome', ({ id }) => id === 6);
      must(yes.result !== 'refused', `it was refused: ${yes.result === 'refused' ? yes.refusal.reason : ''}`);
      const set = (is: 'set' | 'gone') => (message: Changes) =>
        message.changes.some((change) => is in change && concerns(change));
      await other.until('changes', set('set'));
      peer.send({ type: 'detach', id: 7, network: target.network, attachment: attachment.id });
      await peer.until('outcome', ({ id, result }) => id === 7 && result !== 'refused');
      await other.until('changes', set('gone'));
    },
  },
  {
    name: 'an attachment to a network that there is not is refused',
    section: 'Attachments',
    check: async ({ up }) => {
      const peer = await up();
      peer.send({ type: 'attach', id: 6, network: 'nve-conformance-has-no-such-network', attachment });
      const no = await peer.until('outcome');
      must(no.id === 6 && no.result === 'refused', 'it must be refused');
    },
  },
  {
    name: 'the end of an attachment that there is not is refused',
    section: 'Attachments',
    check: async ({ up, target }) => {
      const peer = await up();
      peer.send({ type: 'detach', id: 6, network: target.network, attachment: 'nve-conformance-has-none' });
      const no = await peer.until('outcome');
      must(no.result === 'refused' && no.refusal.code === 'no-such-attachment', 'it must be no-such-attachment');
    },
  },
  {
    name: 'a question about a network that was not joined is refused with not-joined',
    section: questions,
    check: async ({ up, target }) => {
      const peer = await up();
      peer.send({ type: 'resolve', id: 8, network: target.network, address: ip });
      await peer.refusal('not-joined', 8);
    },
  },
  {
    name: 'a leased answer is invalidated when it changes, from nowhere to somewhere and back',
    section: questions,
    check: async ({ up, second, target }) => {
      const other = await second();
      await joined(other, target.network, { mode: 'pull' });
      const ask = async (id: number, address: string) => {
        other.send({ type: 'resolve', id, network: target.network, address });
        return await other.until('answer', (answer) => answer.id === id);
      };
      const before = await ask(1, mac);
      must(before.status !== 'found', `${mac} must not be there before the rules run`);
      const peer = await up();
      peer.send({ type: 'attach', id: 6, network: target.network, attachment });
      await peer.until('outcome');
      await other.until('invalidate', ({ addresses }) => addresses.includes(mac));
      const found = await ask(2, mac);
      must(found.status === 'found' && found.mapping.nve === target.tunnelAddress, 'it must be found at its NVE');
      await ask(3, ip);
      peer.send({ type: 'detach', id: 7, network: target.network, attachment: attachment.id });
      const gone = new Set<string>();
      while (gone.size < 2) for (const address of (await other.until('invalidate')).addresses) gone.add(address);
      must(gone.has(mac) && gone.has(ip), 'both addresses must be invalidated');
      must((await ask(4, mac)).status !== 'found', 'it must not be found any more');
    },
  },
  {
    name: 'nothing that needs credit is sent without',
    section: 'Flow control',
    check: async ({ up, second, target }) => {
      const other = await second();
      other.send({ type: 'attach', id: 6, network: target.network, attachment });
      await other.until('outcome');
      try {
        const peer = await up({ credit: 0 });
        peer.send({ type: 'join', id: 3, network: target.network, mode: 'push' });
        await peer.until('snapshot-begin');
        must((await peer.all()).length === 0, 'something was sent without credit');
        peer.send({ type: 'credit', mappings: 1 });
        const part = await peer.expect('mappings');
        must(part.mappings.length === 1, `one mapping may be sent, and ${part.mappings.length} were`);
        peer.send({ type: 'credit', mappings: 1_000_000 });
        await peer.until('snapshot-end');
      } finally {
        other.send({ type: 'detach', id: 7, network: target.network, attachment: attachment.id });
        await other.until('outcome', ({ id }) => id === 7);
      }
    },
  },
];
