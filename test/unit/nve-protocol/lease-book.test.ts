import { describe, expect, it } from 'vitest';
import type { Mapping, MappingChange, MappingTable } from '../../../src/nva/mapping.ts';
import { LeaseBook } from '../../../src/nve-protocol/server/lease-book.ts';

const table: MappingTable = {
  version: 0,
  snapshot: () => [],
  floods: () => [],
  floodTo: () => undefined,
  changesSince: (version) => ({ changes: [], version }),
  find: () => undefined,
};
const mapping: Mapping = {
  kind: 'host',
  mac: '02:00:00:00:00:01',
  nve: '10.0.0.1',
  encapsulation: 'vxlan',
  vni: 10,
  sequence: 0,
  sticky: false,
};
const address = (n: number) => `10.0.${n >> 8}.${n & 0xff}`;

describe('a full book of leases', () => {
  it('takes answers again as soon as some of it has run out, however long the others still count', () => {
    const book = new LeaseBook(3);
    expect(book.note('10.0.0.1', mapping, table, 0, 300)).toBe(true);
    expect(book.note('10.0.0.2', mapping, table, 0, 100)).toBe(true);
    expect(book.note('10.0.0.3', mapping, table, 0, 200)).toBe(true);
    expect(book.note('10.0.0.4', mapping, table, 50, 10)).toBe(false);
    expect(book.note('10.0.0.4', mapping, table, 100, 10)).toBe(true);
    expect(book.note('10.0.0.5', mapping, table, 105, 300)).toBe(false);
    expect(book.note('10.0.0.5', mapping, table, 110, 300)).toBe(true);
    expect(book.note('10.0.0.6', mapping, table, 150, 300)).toBe(false);
    expect(book.note('10.0.0.6', mapping, table, 200, 300)).toBe(true);
    expect(book.size).toBe(3);
  });

  it('says no without looking through it each time', () => {
    const size = 20_000;
    const book = new LeaseBook(size);
    for (let n = 0; n < size; n++) book.note(address(n), mapping, table, 0, 1000);
    // Were each of these a walk through the book, it would take minutes.
    for (let n = size; n < 2 * size; n++) expect(book.note(address(n), mapping, table, 1, 1000)).toBe(false);
    expect(book.size).toBe(size);
  });
});

describe('answers within prefixes that change', () => {
  const within = (prefix: string): MappingChange => ({
    set: { kind: 'prefix', prefix, nve: '10.0.0.2', encapsulation: 'vxlan', vni: 10 },
  });
  /** A network without an answer, until it has one for all addresses after `changes`. */
  function changing(changes: readonly MappingChange[]) {
    let looked = 0;
    const after: MappingTable = {
      version: changes.length,
      snapshot: () => [],
      floods: () => [],
      floodTo: () => undefined,
      changesSince: (version, limit) => {
        const step = changes.slice(version, version + limit);
        return { changes: step, version: version + step.length };
      },
      find: () => {
        looked++;
        return mapping;
      },
    };
    return { after, looked: () => looked };
  }

  it('are those that lie in one of them, of either family', () => {
    const book = new LeaseBook(100);
    const inside = ['10.1.2.3', '10.1.255.255', '172.16.0.130', '2001:db8:0:7::1', '2001:db8:1::1'];
    const outside = ['10.2.0.0', '172.16.0.127', '2001:db8:2::1', '02:00:00:00:00:01'];
    for (const one of [...inside, ...outside]) book.note(one, undefined, table, 0, 1000);
    const prefixes = ['10.1.0.0/16', '172.16.0.128/25', '2001:db8::/47'];
    const { after, looked } = changing(prefixes.map(within));
    expect(book.changed(after, 1)).toEqual(inside);
    expect(looked()).toBe(inside.length);
    expect(book.size).toBe(outside.length);
  });

  it('all are with a default route', () => {
    const book = new LeaseBook(100);
    for (const one of ['10.1.2.3', '2001:db8::1']) book.note(one, undefined, table, 0, 1000);
    expect(book.changed(changing([within('0.0.0.0/0')]).after, 1)).toEqual(['10.1.2.3']);
  });

  it('are found in one walk through the book, however many prefixes have changed', () => {
    const size = 20_000;
    const book = new LeaseBook(size);
    for (let n = 0; n < size; n++) book.note(address(n), undefined, table, 0, 1000);
    // Were each of these a walk through the book, it would take minutes.
    const changes = Array.from({ length: 20_000 }, (_, n) =>
      within(`172.${16 + (n >> 12)}.${(n >> 4) & 255}.${(n & 15) * 16}/28`),
    );
    expect(book.changed(changing([...changes, within('10.0.0.7/32')]).after, 1)).toEqual(['10.0.0.7']);
    expect(book.size).toBe(size - 1);
  });
});
