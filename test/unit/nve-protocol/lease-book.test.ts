import { describe, expect, it } from 'vitest';
import type { Mapping, MappingTable } from '../../../src/nva/mapping.ts';
import { LeaseBook } from '../../../src/nve-protocol/server/lease-book.ts';

const table: MappingTable = {
  version: 0,
  snapshot: () => [],
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
