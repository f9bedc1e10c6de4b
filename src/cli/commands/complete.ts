import { type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';

/** What completion scripts may ask nvad for. */
export const wordKinds = ['peers', 'components', 'virtual-networks', 'nves', 'domains'] as const;
export type WordKind = (typeof wordKinds)[number];

/** Shells expand what they complete from; a word of any other letters is not given to one. */
const harmless = /^[A-Za-z0-9_.:%-]+$/;

const lines = (words: readonly string[]) =>
  said(
    words
      .filter((word) => harmless.test(word))
      .map((word) => `${word}\n`)
      .join(''),
  );

/** Words for the shell, one a line; none when nvad does not answer, since a shell has no place for errors here. */
export async function complete({ client }: Session, kind: WordKind): Promise<Outcome> {
  switch (kind) {
    case 'peers': {
      const result = await client.call('listPeers', {});
      return lines(result.ok ? result.body.peers.map(({ address }) => address) : []);
    }
    case 'components': {
      const result = await client.call('getLogLevels', {});
      return lines(result.ok ? [...Object.keys(result.body.levels), 'all'] : []);
    }
    case 'virtual-networks': {
      const result = await client.call('listVirtualNetworks', {});
      return lines(result.ok ? result.body.virtualNetworks.map(({ name }) => name) : []);
    }
    case 'domains': {
      const result = await client.call('listRegions', {});
      return lines(result.ok ? result.body.domains.map(({ domain }) => domain) : []);
    }
    case 'nves': {
      const result = await client.call('listNves', {});
      return lines(result.ok ? result.body.nves.map(({ name }) => name) : []);
    }
  }
}
