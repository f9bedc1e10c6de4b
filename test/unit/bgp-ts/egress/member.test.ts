import { describe, expect, it } from 'vitest';
import { ChangeLog } from '../../../../src/bgp-ts/egress/change-log.ts';
import { allBut, type EncodedBatch, EVERYONE, NOTHING, onlyFor } from '../../../../src/bgp-ts/egress/encoded-batch.ts';
import { Member, type RefreshMarks } from '../../../../src/bgp-ts/egress/member.ts';

type Run = readonly [text: string, audience: number];

/** A batch whose messages are single letters: one run of letters for each audience. */
function batch(version: number, ...runs: Run[]): EncodedBatch {
  let at = 0;
  const numbers = runs.flatMap(([text, audience]) => {
    at += text.length;
    return [at - text.length, at, audience, text.length, -1];
  });
  const bytes = new TextEncoder().encode(runs.map(([text]) => text).join(''));
  return { version, bytes, runs: Int32Array.from(numbers), subjects: [], announced: 0, withdrawn: 0 };
}

/** A class of neighbours with this log and these blocks, and member 7 of it. */
function setUp(
  options: {
    logLimit?: number;
    version?: number;
    blocks?: (since: number) => (EncodedBatch | undefined)[];
    refreshMarks?: RefreshMarks;
  } = {},
) {
  const log = new ChangeLog(options.logLimit ?? 1000);
  const feed = {
    version: options.version ?? 0,
    blocks: options.blocks?.(NOTHING).length ?? 0,
    /** Versions that walks asked for. */
    walks: [] as number[],
    get logBegin() {
      return log.begin;
    },
    get logEnd() {
      return log.end;
    },
    get logAppended() {
      return log.appended;
    },
    logBatch: (position: number) => log.at(position),
    logPosition: (version: number) => log.positionAfter(version),
    walkBlock(block: number, since: number) {
      if (block === 0) feed.walks.push(since);
      return options.blocks?.(since)[block];
    },
    withdrawBlock: () => batch(feed.version),
  };
  let now = 0;
  const sink = {
    taken: '',
    counts: [] as number[],
    full: false,
    buffered: 0,
    write(bytes: Uint8Array, messages: number) {
      sink.taken += new TextDecoder().decode(bytes);
      sink.counts.push(messages);
      sink.buffered = sink.full ? bytes.length : 0;
      return !sink.full;
    },
    writeRefresh(bytes: Uint8Array) {
      return sink.write(bytes, 0);
    },
    take() {
      const { taken } = sink;
      sink.taken = '';
      return taken;
    },
  };
  const endOfRib = new TextEncoder().encode('.');
  const member = new Member(
    { source: 7, endOfRib, refreshMarks: options.refreshMarks },
    { sink, feed, now: () => now },
  );
  return {
    member,
    feed,
    sink,
    log,
    append(added: EncodedBatch) {
      feed.version = added.version;
      log.append(added);
    },
    pass(milliseconds: number) {
      now += milliseconds;
    },
  };
}

describe('Member', () => {
  it('walks the table, says End-of-RIB, and goes on in the log', () => {
    const t = setUp({ version: 3, blocks: () => [batch(3, ['a', EVERYONE]), undefined, batch(3, ['b', EVERYONE])] });
    t.append(batch(4, ['c', EVERYONE]));
    expect([t.member.walking, t.member.synchronised, t.member.logPosition, t.member.floor]).toEqual([
      true,
      false,
      undefined,
      3,
    ]);
    expect(t.member.pump(1000)).toBe(false);
    expect(t.sink.take()).toBe('ab.c');
    expect(t.feed.walks).toEqual([NOTHING]);
    expect([t.member.walking, t.member.synchronised, t.member.version, t.member.lag]).toEqual([false, true, 4, 0]);
    expect([t.member.bytesSent, t.sink.counts]).toEqual([4, [1, 1, 1, 1]]);
  });

  it('lets others have their turn also where it passes over blocks that have nothing for it', () => {
    const t = setUp({ version: 3, blocks: () => [...new Array(9).fill(undefined), batch(3, ['a', EVERYONE])] });
    expect([t.member.pump(1000), t.sink.take()]).toEqual([true, '']);
    let turns = 1;
    while (t.member.pump(1000)) turns++;
    expect([turns, t.sink.take()]).toEqual([4, 'a.']);
  });

  it('reads what concerns it, and nothing of its own', () => {
    const t = setUp();
    t.append(
      batch(
        1,
        ['a', EVERYONE],
        ['B', allBut(7)],
        ['c', allBut(8)],
        ['D', onlyFor(8)],
        ['ef', onlyFor(7)],
        ['g', EVERYONE],
      ),
    );
    t.member.pump(1000);
    expect(t.sink.take()).toBe('.acefg');
    // Few octets go in one write, whatever lies between them.
    expect(t.sink.counts).toEqual([1, 5]);
  });

  it('passes over a batch in which nothing concerns it', () => {
    const t = setUp();
    t.append(batch(1, ['A', allBut(7)]));
    t.append(batch(2, ['b', EVERYONE]));
    t.member.pump(1000);
    expect(t.sink.take()).toBe('.b');
    expect(t.member.version).toBe(2);
  });

  it('stops when its socket is full, and goes on where it stopped', () => {
    const t = setUp({ logLimit: 100_000 });
    t.member.pump(1000);
    // Too much to be copied together around what is not read.
    const long = 'ab'.repeat(10_000);
    t.append(batch(1, [long, EVERYONE], ['X', allBut(7)], ['cd', EVERYONE]));
    t.append(batch(2, ['e', EVERYONE]));
    t.sink.take();
    t.sink.full = true;
    expect(t.member.pump(1000)).toBe(false);
    expect([t.sink.take(), t.member.blocked, t.member.lag, t.member.version]).toEqual([long, true, 20_004, 0]);
    t.member.pump(1000);
    expect(t.sink.take()).toBe('');
    t.pass(250);
    expect(t.member.stalledFor).toBe(250);
    t.member.writable();
    expect(t.member.stalledFor).toBe(0);
    t.sink.full = false;
    t.member.pump(1000);
    expect([t.sink.take(), t.member.blocked, t.member.lag, t.member.version]).toEqual(['cde', false, 0, 2]);
  });

  it('takes a socket that has passed everything on for one that is not full', () => {
    const t = setUp();
    t.sink.write = (bytes) => {
      t.sink.taken += new TextDecoder().decode(bytes);
      return false;
    };
    t.append(batch(1, ['a', EVERYONE], ['X', allBut(7)], ['b', EVERYONE]));
    t.member.pump(1000);
    expect([t.sink.take(), t.member.blocked]).toEqual(['.ab', false]);
  });

  it('asks for another turn when its budget is used up', () => {
    const t = setUp();
    t.append(batch(1, ['aaaa', EVERYONE]));
    t.append(batch(2, ['bbbb', EVERYONE]));
    t.append(batch(3, ['cccc', EVERYONE]));
    expect(t.member.pump(5)).toBe(true);
    expect(t.sink.take()).toBe('.aaaabbbb');
    expect(t.member.pump(5)).toBe(false);
    expect(t.sink.take()).toBe('cccc');
  });

  it('resumes from the table when the log left it behind, from the version it holds', () => {
    const blocks = (since: number) => (since === NOTHING ? [] : [batch(9, [`(since ${since})`, EVERYONE])]);
    const t = setUp({ logLimit: 4, blocks });
    t.feed.blocks = 1;
    t.append(batch(1, ['a', EVERYONE]));
    t.member.pump(1000);
    t.sink.full = true;
    t.append(batch(2, ['b', EVERYONE]));
    t.member.pump(1000);
    expect(t.sink.take()).toBe('.ab');
    for (let version = 3; version < 9; version++) t.append(batch(version, ['x', EVERYONE]));
    expect([t.member.floor, t.member.resyncs]).toEqual([2, 0]);
    t.sink.full = false;
    t.member.writable();
    t.member.pump(1000);
    expect(t.sink.take()).toBe('(since 2)');
    expect([t.member.version, t.member.resyncs, t.member.walking]).toEqual([8, 1, false]);
  });

  it('does not forget, when the table was still empty as it came, that it holds something', () => {
    const t = setUp({
      logLimit: 1,
      blocks: (since) => [batch(2, [since === NOTHING ? 'dump' : `since ${since}`, EVERYONE])],
    });
    t.sink.full = true;
    t.append(batch(1, ['a', EVERYONE]));
    t.member.pump(1000);
    expect(t.sink.take()).toBe('dump');
    t.append(batch(2, ['b', EVERYONE]));
    t.sink.full = false;
    t.member.writable();
    t.member.pump(1000);
    // A second dump would tell it of no withdrawal.
    expect(t.sink.take()).toBe('.since 0');
    expect(t.feed.walks).toEqual([NOTHING, 0]);
  });

  it('walks again for what changed while it walked and left the log', () => {
    const t = setUp({ logLimit: 1, version: 5, blocks: (since) => [batch(5, [`<${since}>`, EVERYONE])] });
    t.sink.full = true;
    t.member.pump(1000);
    t.append(batch(6, ['x', EVERYONE]));
    t.append(batch(7, ['y', EVERYONE]));
    expect(t.member.floor).toBe(5);
    t.sink.full = false;
    t.member.writable();
    t.member.pump(1000);
    expect(t.sink.take()).toBe(`<${NOTHING}>.<5>`);
    expect([t.member.version, t.member.synchronised]).toEqual([7, true]);
  });

  it('says where the dump that was asked for begins and ends, never before End-of-RIB (RFC 7313 §4)', () => {
    const letters = new TextEncoder();
    const refreshMarks = { begin: letters.encode('<'), end: letters.encode('>') };
    const t = setUp({ version: 3, blocks: () => [batch(3, ['ab', EVERYONE])], refreshMarks });
    t.append(batch(4, ['c', EVERYONE]));
    t.member.refresh();
    t.member.pump(1000);
    expect(t.sink.take()).toBe('ab.c<ab>');
    // Nobody asked for the first dump, and UPDATEs alone are counted as such.
    expect(t.sink.counts).toEqual([2, 1, 1, 0, 2, 0]);
    t.member.refresh();
    t.sink.full = true;
    t.member.pump(1000);
    expect(t.sink.take()).toBe('<');
    t.append(batch(5, ['d', EVERYONE]));
    t.member.refresh();
    t.sink.full = false;
    t.member.writable();
    t.member.pump(1000);
    // Asked for again meanwhile: a dump of its own, behind what changed during the first.
    expect(t.sink.take()).toBe('ab>d<ab>');
  });

  it('sends everything again on a refresh, behind what it is owed, without End-of-RIB', () => {
    const t = setUp({ blocks: (since) => [batch(1, [`<${since}>`, EVERYONE])] });
    t.member.pump(1000);
    expect(t.sink.take()).toBe(`<${NOTHING}>.`);
    t.append(batch(1, ['a', EVERYONE]));
    t.member.refresh();
    t.member.pump(1000);
    expect(t.sink.take()).toBe(`a<${NOTHING}>`);
    t.member.pump(1000);
    expect(t.sink.take()).toBe('');
    expect(t.member.resyncs).toBe(0);
  });
});
