import { describe, expect, it } from 'vitest';
import { inTurn } from '../../../bench/run/session.ts';

describe('turns', () => {
  it('begin with another one from round to round', () => {
    const rounds = [0, 1, 2].map((round) => inTurn(['nvad', 'frr', 'gobgp'], round));
    expect(rounds).toEqual([
      ['nvad', 'frr', 'gobgp'],
      ['gobgp', 'frr', 'nvad'],
      ['nvad', 'frr', 'gobgp'],
    ]);
  });
});
