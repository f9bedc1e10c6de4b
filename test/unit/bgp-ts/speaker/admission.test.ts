/** Routes that the owner of a speaker refuses, and those that it originates. */
import { describe, expect, it } from 'vitest';
import type { Admission } from '../../../../src/bgp-ts/rib/admission.ts';
import { announcement, macIp, plain, withdrawal } from '../rib/kit.ts';
import { Lab } from './kit.ts';

/** Refuses routes by the last octet of their MAC, which stands behind RD, ESI, tag and length. */
class Keys implements Admission {
  readonly refused = new Map<number, number>();
  asked = 0;

  refuses(...[, , bytes, { valueStart }]: Parameters<Admission['refuses']>): number {
    this.asked++;
    return this.refused.get(bytes[valueStart + 8 + 10 + 4 + 1 + 5] ?? 0) ?? 0;
  }
}

async function labOf(admission: Keys) {
  const lab = await Lab.listening({}, { admission });
  lab.speaker.addDynamic({ prefix: '10.0.0.0/24', reflection: 'client' });
  const [a, b] = [lab.join('10.0.0.11'), lab.join('10.0.0.12')];
  b.read();
  return { lab, a, b };
}

describe('an admission', () => {
  it('keeps what it refuses, with its reason, and sends it to nobody', async () => {
    const keys = new Keys();
    keys.refused.set(2, 77);
    const { lab, a, b } = await labOf(keys);
    a.announce(1, 2, 3);
    expect(b.read()).toEqual(['+1', '+3']);
    const { table, attributes } = lab.speaker;
    const sets = [...attributes].filter(({ refusal }) => refusal !== 0);
    expect(sets.map(({ refusal, ineligible }) => [refusal, ineligible])).toEqual([[77, 'refused']]);
    expect([table.paths, table.emitted, table.unusableOf(1)]).toEqual([3, 2, 1]);
    a.withdraw(1, 2);
    expect(b.read()).toEqual(['-1']);
    expect([...attributes].some(({ refusal }) => refusal !== 0)).toBe(false);
  });

  it('announces and withdraws exactly the difference when it changes its mind', async () => {
    const keys = new Keys();
    keys.refused.set(2, 77);
    const { lab, a, b } = await labOf(keys);
    a.announce(1, 2, 3);
    b.read();
    keys.refused.clear();
    keys.refused.set(3, 5);
    lab.speaker.readmitAll();
    lab.settle();
    expect(b.read().sort()).toEqual(['+2', '-3']);
    expect(lab.speaker.settled).toBe(true);
    keys.refused.set(3, 6);
    lab.speaker.readmitAll();
    lab.settle();
    expect(b.read()).toEqual([]);
    // One is that of the default route target, which nobody is asked about.
    expect([...lab.speaker.attributes].map(({ refusal }) => refusal).sort()).toEqual([0, 0, 6]);
  });

  it('of two paths lets the other one be best, and hears of an announcement that says the same again', async () => {
    const keys = new Keys();
    const { lab, a, b } = await labOf(keys);
    a.announce(1);
    b.read();
    const before = keys.asked;
    a.announce(1);
    expect([b.read(), keys.asked]).toEqual([[], before + 1]);
    expect(lab.speaker.table.unusableOf(1)).toBe(0);
  });
});

describe('a route of our own', () => {
  it('is told to all, and withdrawn behind what takes its place', async () => {
    const { lab, a, b } = await labOf(new Keys());
    a.read();
    expect(lab.speaker.originate(announcement([macIp(9)], plain, '10.9.9.9'))).toBeUndefined();
    lab.settle();
    expect([a.read(), b.read()]).toEqual([['+9'], ['+9']]);
    lab.speaker.originate(announcement([macIp(10)], plain, '10.9.9.10'));
    lab.speaker.afterDecisions(() => lab.speaker.originate(withdrawal([macIp(9)])));
    lab.settle();
    expect(a.read()).toEqual(['+10', '-9']);
  });
});
