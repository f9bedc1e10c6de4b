import { describe, expect, it } from 'vitest';
import type { Md5Drops } from '../../../src/bgp-ts/linux/md5-drops.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { type MissingPeer, watchMd5Drops } from '../../../src/daemon/md5-watch.ts';
import { FakeClock } from '../bgp-ts/session/fake-clock.ts';
import { collectLog } from './fakes.ts';

function setUp(...missing: MissingPeer[]) {
  const clock = new FakeClock();
  const { lines, destination } = collectLog();
  const logging = new Logging({ level: 'info', levels: {}, format: 'json', colour: false }, { destination });
  const state: { drops: Md5Drops | undefined; missing: MissingPeer[] } = {
    drops: { missing: 7, unexpected: 8, wrong: 9 },
    missing,
  };
  const end = watchMd5Drops({
    clock,
    missing: () => state.missing,
    read: () => state.drops,
    logger: logging.logger('bgp'),
  });
  return {
    clock,
    state,
    end,
    rise: (by: Partial<Md5Drops>) => {
      const { missing: m, unexpected, wrong } = state.drops as Md5Drops;
      state.drops = {
        missing: m + (by.missing ?? 0),
        unexpected: unexpected + (by.unexpected ?? 0),
        wrong: wrong + (by.wrong ?? 0),
      };
    },
    pass: (milliseconds = 5000) => clock.advance(milliseconds),
    take: () => lines.splice(0).map(({ level, msg, peers }) => ({ level, msg, peers })),
  };
}

const withPassword = { name: '10.0.0.7', hasPassword: true };
const without = { name: '10.0.0.8', hasPassword: false };

describe('segments dropped because of TCP-MD5', () => {
  it('are told of while somebody with a password is missing', () => {
    const { rise, pass, take } = setUp(withPassword, without);
    pass();
    expect(take()).toEqual([]);
    rise({ missing: 3, wrong: 2 });
    pass();
    expect(take()).toEqual([
      {
        level: 'warn',
        msg: 'segments with a wrong or missing TCP-MD5 key were dropped (2 made with another, 3 without one): likely the password of 10.0.0.7 is not the same on both sides',
        peers: ['10.0.0.7'],
      },
    ]);
  });

  it('point at peers without a password too when there was a key', () => {
    const { rise, pass, take } = setUp(withPassword, without);
    rise({ unexpected: 1 });
    pass();
    expect(take()).toMatchObject([
      { peers: ['10.0.0.7', '10.0.0.8'], msg: expect.stringContaining('1 with one where') },
    ]);
  });

  it('are nobody’s matter when nobody is missing', () => {
    const { rise, pass, take, state } = setUp();
    rise({ wrong: 1 });
    pass();
    // What was dropped then is not held against who is missing now.
    state.missing = [withPassword];
    pass();
    expect(take()).toEqual([]);
    state.missing = [without];
    rise({ wrong: 1 });
    pass();
    expect(take()).toEqual([]);
  });

  it('are told of once a minute, with all that were dropped since', () => {
    const { rise, pass, take } = setUp(withPassword);
    rise({ wrong: 1 });
    pass();
    expect(take()).toHaveLength(1);
    for (let i = 0; i < 11; i++) {
      rise({ wrong: 1 });
      pass();
    }
    expect(take()).toEqual([]);
    pass();
    expect(take()).toMatchObject([{ msg: expect.stringContaining('(11 made with another)') }]);
  });

  it('name ten peers, and count the others', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ name: `10.0.1.${i}`, hasPassword: true }));
    const { rise, pass, take } = setUp(...many);
    rise({ missing: 1 });
    pass();
    const [line] = take();
    expect(line?.peers).toHaveLength(10);
    expect(line?.msg).toContain('10.0.1.9 and 2 more is not');
  });

  it('are not looked for where nobody counts them, nor after the end', () => {
    const { state, rise, pass, take, end, clock } = setUp(withPassword);
    state.drops = undefined;
    pass();
    state.drops = { missing: 0, unexpected: 0, wrong: 0 };
    end();
    rise({ wrong: 1 });
    pass(60_000);
    expect(take()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
