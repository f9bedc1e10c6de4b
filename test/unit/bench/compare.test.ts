import { describe, expect, it } from 'vitest';
import { type Attribute, REACH, reflectedAttributes } from '../../../bench/model/attributes.ts';
import { type Comparison, compare, type Leniency } from '../../../bench/model/compare.ts';
import type { Load } from '../../../bench/model/load.ts';
import { type ClientIndex, everywhere, type Group, scattered } from '../../../bench/model/population.ts';
import { prepare, type Scenario } from '../../../bench/model/scenario.ts';
import { Streams } from '../../../bench/model/streams.ts';

const strict: Leniency = { echoes: false, sendsEverything: false, addsMed: false };

/** A reflector on paper: what it sends a client in a step, which a test may spoil. */
interface Sham {
  readonly announce: (streams: Streams, client: ClientIndex, group: Group) => void;
  readonly withdraw?: (streams: Streams, client: ClientIndex, group: Group) => void;
}

const attributesOf = ({ announcers, network }: Group): readonly Attribute[] =>
  reflectedAttributes({ client: announcers[0] as number, network, sequence: 0 }, 4).filter(
    ({ code }) => code !== REACH,
  );

const isOwn = (client: ClientIndex, { announcers }: Group) => announcers[0] === client;

const right: Sham = {
  announce: (streams, client, group) => {
    if (!isOwn(client, group)) streams.announce(group.announcers[0] as number, group, attributesOf(group));
  },
  withdraw: (streams, client, group) => {
    if (!isOwn(client, group)) streams.withdraw(group);
  },
};

const load: Load = {
  name: 'paper',
  title: '',
  population: everywhere({ clients: 3, networks: 2, macs: 150 }),
  steps: [{ kind: 'announce' }, { kind: 'withdraw' }],
  shown: [],
};

function played(sham: Sham, { routes, load: { population, steps } }: Scenario) {
  const received = Array.from({ length: population.clients }, (_, client) => {
    const streams = new Streams(routes, 4);
    const marks = steps.map(({ kind }) => {
      for (const group of population.groups)
        sham[kind === 'announce' ? 'announce' : 'withdraw']?.(streams, client, group);
      return streams.octets.length;
    });
    return { octets: Buffer.from(streams.octets), marks };
  });
  return {
    pieces: (client: ClientIndex) => [received[client]?.octets as Buffer],
    marks: steps.map((_, step) => received.map(({ marks }) => marks[step] as number)),
  };
}

function outcome(sham: Partial<Sham>, leniency: Partial<Leniency> = {}, of = load): Comparison {
  const scenario = prepare(of);
  return compare(scenario, played({ ...right, ...sham }, scenario), { ...strict, ...leniency });
}

/** Spoils what is done for one pair of client and group. */
const spoilt = (how: 'announce' | 'withdraw', spoil: (streams: Streams, group: Group) => void): Partial<Sham> => ({
  [how]: (streams: Streams, client: ClientIndex, group: Group) => {
    if (client === 2 && group.first === 0) spoil(streams, group);
    else right[how]?.(streams, client, group);
  },
});

describe('a run is as the model says', () => {
  it('when everything arrived as it was announced', () => {
    expect(outcome({})).toEqual({ compared: 3 * 900 * 2, wrong: 0, examples: [], repeats: [0, 0], echoed: 0 });
  });

  it('whatever the order of attributes and communities', () => {
    const shuffled = spoilt('announce', (streams, group) => {
      const reversed = [...attributesOf(group)].reverse().map(({ flags, code, value }) => {
        const octets = [...value];
        return { flags, code, value: code === 16 ? [...octets.slice(8), ...octets.slice(0, 8)] : octets };
      });
      streams.announce(0, group, reversed);
    });
    expect(outcome(shuffled).wrong).toBe(0);
  });

  it('when something was announced twice, which is counted', () => {
    const twice = spoilt('announce', (streams, group) => {
      for (let i = 0; i < 2; i++) streams.announce(0, group, attributesOf(group));
    });
    expect(outcome(twice)).toMatchObject({ wrong: 0, repeats: [150, 0] });
  });
});

describe('a run is not as the model says', () => {
  it('when a route is missing', () => {
    const { wrong, examples } = outcome(
      spoilt('announce', (streams, { first, count, ...group }) => {
        streams.announce(0, { first: first + 1, count: count - 1 }, attributesOf({ first, count, ...group }));
      }),
    );
    expect(wrong).toBe(1);
    expect(examples[0]).toMatch(/^after announce, client 2 holds 0225.* with \(absent\) instead of 1\/40=00 /);
  });

  it('when a route was not withdrawn', () => {
    const left = spoilt('withdraw', (streams, { first, count }) => streams.withdraw({ first, count: count - 1 }));
    const { wrong, examples } = outcome(left);
    expect([wrong, examples[0]?.slice(0, 28)]).toEqual([1, 'after withdraw, client 2 hol']);
  });

  it.each([
    ['no ORIGINATOR_ID', (attributes: readonly Attribute[]) => attributes.filter(({ code }) => code !== 9)],
    ['another CLUSTER_LIST', (attributes: readonly Attribute[]) => changed(attributes, 10, [1, 2, 3, 4])],
    ['a community less', (attributes: readonly Attribute[]) => changed(attributes, 16, [0, 2, 253, 232, 0, 0, 3, 232])],
    [
      'one attribute more',
      (attributes: readonly Attribute[]) => [...attributes, { flags: 0x80, code: 4, value: [0, 0, 0, 0] }],
    ],
  ])('when attributes are wrong: %s', (_, spoil) => {
    const spoilAll = spoilt('announce', (streams, group) => streams.announce(0, group, spoil(attributesOf(group))));
    expect(outcome(spoilAll).wrong).toBe(150);
  });

  it('when the next hop is wrong', () => {
    expect(outcome(spoilt('announce', (streams, group) => streams.announce(1, group, attributesOf(group)))).wrong).toBe(
      150,
    );
  });

  it('when an octet of a route is wrong', () => {
    const scenario = prepare(load);
    const received = played(right, scenario);
    const [octets] = received.pieces(1) as [Buffer];
    // A label, with which the route is another one.
    octets[octets.indexOf(Buffer.from('0003e8', 'hex'))] ^= 1;
    const { wrong, examples } = compare(scenario, received, strict);
    expect(wrong).toBe(2);
    expect(examples.join('\n')).toMatch(/client 1 got 1 routes not of this load; announced: 0225/);
  });

  it('when a client got fewer octets than were counted', () => {
    const scenario = prepare(load);
    const received = played(right, scenario);
    expect(compare(scenario, { ...received, pieces: () => [] }, strict).wrong).toBeGreaterThan(0);
  });
});

describe('what some reflectors do otherwise', () => {
  const echo: Partial<Sham> = {
    announce: (streams, _, group) => streams.announce(group.announcers[0] as number, group, attributesOf(group)),
    withdraw: (streams, _, group) => streams.withdraw(group),
  };

  it('is wrong, unless it is known of this one: own routes sent back', () => {
    expect(outcome(echo).wrong).toBe(900);
    expect(outcome(echo, { echoes: true })).toMatchObject({ wrong: 0, echoed: 900 });
  });

  it('is wrong, unless it is known of this one: MULTI_EXIT_DISC of 0', () => {
    const med = (value: number): Partial<Sham> =>
      spoilt('announce', (streams, group) => {
        streams.announce(0, group, [...attributesOf(group), { flags: 0x80, code: 4, value: [0, 0, 0, value] }]);
      });
    expect(outcome(med(0)).wrong).toBe(150);
    expect(outcome(med(0), { addsMed: true }).wrong).toBe(0);
    expect(outcome(med(1), { addsMed: true }).wrong).toBe(150);
  });

  it('is wrong, unless it is known of this one: what a client is not interested in', () => {
    const small: Load = { ...load, population: scattered({ clients: 4, networks: 4, networksOfEach: 2, macs: 10 }) };
    // Each client is sent 60 routes of others, of which 20 are of its networks.
    expect(outcome({}, {}, small).wrong).toBe(4 * 40);
    expect(outcome({}, { sendsEverything: true }, small).wrong).toBe(0);
  });
});

function changed(attributes: readonly Attribute[], code: number, value: readonly number[]): readonly Attribute[] {
  return attributes.map((attribute) => (attribute.code === code ? { ...attribute, value } : attribute));
}
