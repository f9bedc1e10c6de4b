import { describe, expect, it } from 'vitest';
import { HEARTBEAT, Lifetime } from '../../../src/daemon/lifetime.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/store.ts';
import { FakeClock } from '../bgp-ts/session/fake-clock.ts';
import { collectLog } from './fakes.ts';

function setUp(store: Store = memoryStore()) {
  const clock = new FakeClock();
  const { lines, destination } = collectLog();
  const options = { level: 'debug', levels: {}, format: 'json', colour: false } as const;
  const logger = new Logging(options, { destination }).logger('bgp');
  return { clock, store, lines, next: () => new Lifetime({ store, clock, wallClock: () => clock.now(), logger }) };
}

describe('the life of one nvad after another', () => {
  it('has no past at first', () => {
    const { next } = setUp();
    expect(next().begin(120)).toBeUndefined();
  });

  it('knows with whom the one before had sessions when it was killed', () => {
    const { clock, next } = setUp();
    const first = next();
    first.begin(120);
    for (const address of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) first.established(address);
    first.ended('10.0.0.3');
    clock.advance(3_600_000);
    // It gave signs of life to the end.
    expect(next().begin(120)).toEqual(['10.0.0.2', '10.0.0.4']);
  });

  it('takes sessions that end with it for up', () => {
    const { clock, next } = setUp();
    const first = next();
    first.begin(120);
    first.established('10.0.0.2');
    first.end();
    first.ended('10.0.0.2');
    expect(clock.pending).toBe(0);
    clock.advance(120_000 + HEARTBEAT);
    const second = next();
    expect(second.begin(120)).toEqual(['10.0.0.2']);
    // It does not come back, and is not waited for the next time.
    second.ended('10.0.0.2');
    second.end();
    expect(next().begin(120)).toEqual([]);
  });

  it('has no past when nobody can remember it', () => {
    const { clock, store, next } = setUp();
    const first = next();
    first.begin(120);
    first.established('10.0.0.2');
    first.end();
    clock.advance(120_001 + HEARTBEAT);
    expect(next().begin(120)).toBeUndefined();
    expect(store.sessionsUp()).toEqual([]);
  });

  it('goes on when the store cannot be written, and says so once', () => {
    const broken = (): never => {
      throw new Error('disk full');
    };
    const { clock, lines, next } = setUp({ ...memoryStore(), alive: broken, sessionUp: broken });
    const life = next();
    life.begin(120);
    clock.advance(60_000);
    life.established('10.0.0.2');
    life.end();
    expect(lines).toMatchObject([{ msg: 'the store cannot be written (disk full); nvad goes on without' }]);
    expect(lines[0]).not.toHaveProperty('err');
  });
});
