/**
 * One neighbour's place in what its class is sent. A member has no queue: it reads the class's log through a cursor,
 * or, when it is new or the log has left it behind, walks the table for what changed since the version it holds. It is
 * handed bytes only while its socket takes them.
 *
 * A member may take only some routes: what its {@link Interest} names, and what it is able to take. Both are looked at
 * when bytes are handed over. When the interest changes, what is read from then on follows the new one, and a walk of its
 * own hands over what was missed and withdraws what is not wanted any more; until that walk is through, the interests that
 * held since the last one are remembered, because nobody knows which of their routes the neighbour has.
 */
import type { TargetSet } from '../rib/target-set.ts';
import { concerns, type EncodedBatch, NOTHING, RUN, type RunSubject } from './encoded-batch.ts';
import { everything, type Interest, nothing } from './interest.ts';

/** Where a member's bytes go; the session behind it. */
export interface MemberSink {
  /** Takes `messages` whole messages; false when it has enough for now and will call back when it has not. */
  write(bytes: Uint8Array, messages: number): boolean;
  /** Takes one ROUTE-REFRESH, as `write` does. */
  writeRefresh(bytes: Uint8Array): boolean;
  /** Octets taken and not yet given to the kernel. */
  readonly buffered: number;
}

/** What a member reads from: its class's log and table walk. */
export interface MemberFeed {
  readonly logBegin: number;
  readonly logEnd: number;
  readonly logAppended: number;
  logBatch(position: number): EncodedBatch;
  /** Position in the log behind `version`, or -1 when the log no longer reaches back to it. */
  logPosition(version: number): number;
  readonly version: number;
  /** Number of blocks a walk has to look at. */
  readonly blocks: number;
  /**
   * The present state of one block for readers who hold `since` (or NOTHING), or undefined when nothing in it changed, or
   * would have to be encoded although `concerned` says no to all its routes.
   */
  walkBlock(block: number, since: number, concerned?: Concerned): EncodedBatch | undefined;
  /** Withdrawals of one block's routes, to be picked by their subjects; undefined likewise. */
  withdrawBlock(block: number, concerned: Concerned): EncodedBatch | undefined;
}

/** Whether a walk has something to hand over of routes with these targets. */
export type Concerned = (targets: TargetSet) => boolean;

export interface MemberOptions {
  /** Source index of the neighbour: its own routes are not sent to it. */
  readonly source: number;
  /** Sent once, behind the last route of the initial dump (RFC 4724 §2); empty to send nothing. */
  readonly endOfRib: Uint8Array;
  /** Present for a member that does not take every route, also when it takes all of them at the moment. */
  readonly selection?: Selection | undefined;
  /** ROUTE-REFRESH messages around a dump that was asked for (RFC 7313 §4); absent where they were not negotiated. */
  readonly refreshMarks?: RefreshMarks | undefined;
}

/** What a member takes. */
export interface Selection {
  readonly interest: Interest;
  /** Bits of rib/requirements.ts: routes that it cannot take. */
  readonly cannot: number;
  /** End-of-RIB waits for {@link Member.releaseEndOfRib}: the neighbour is still to say what it wants (RFC 4684 §6). */
  readonly holdEndOfRib: boolean;
}

/** BoRR and EoRR of RFC 7313 §3.2, whole messages. */
export interface RefreshMarks {
  readonly begin: Uint8Array;
  readonly end: Uint8Array;
}

export interface MemberModules {
  readonly sink: MemberSink;
  readonly feed: MemberFeed;
  /** Milliseconds, to tell a slow reader from one that stands still. */
  readonly now: () => number;
}

/** Octets given to a socket in one write at most. */
const MAX_WRITE = 1 << 18;
/** Octets up to which runs that do not touch are copied together: a copy then costs less than another write. */
const MAX_JOINED = 1 << 14;
/** What a block without anything for the member costs, in octets of the budget: there may be many. */
const BLOCK_COST = 512;
const NOT_WALKING = -1;
/** Interests remembered until their walk; with more of them, the neighbour is taken to hold anything and nothing. */
const MAX_EARLIER = 8;

/** What a walk hands over: the table's state, or what a change of interest makes of it. */
type WalkKind = 'state' | 'gained' | 'lost';

export class Member {
  readonly source: number;
  /**
   * Whether what it is sent has to tell routes apart by their subjects: always for one that has an interest, for one that
   * takes everything but what it cannot take only where there are such routes.
   */
  selective: 'always' | 'where-it-cannot' | 'never';
  readonly #sink: MemberSink;
  readonly #feed: MemberFeed;
  readonly #now: () => number;
  readonly #endOfRib: Uint8Array;
  readonly #refreshMarks: RefreshMarks | undefined;

  /** Everything up to this version has been handed to the socket. */
  version = 0;
  /** While walking: the version that the reader held when the walk began, or NOTHING, and the table's version then. */
  #since: number = NOTHING;
  #walkVersion: number;
  #block = 0;
  #position = 0;
  #appendedAt = 0;

  #batch: EncodedBatch | undefined;
  #run = 0;
  /** Starts and ends of what is being written. */
  readonly #pieces: number[] = [];
  #fromLog = false;
  #endOfRibDue: boolean;
  #endOfRibHeld: boolean;
  #refreshDue = false;
  #interest: Interest;
  #cannot: number;
  /** Interests since the last walk that followed a change of interest. */
  #earlier: Interest[] = [];
  #interestChanged = false;
  /** One of the interests since the last walk may have taken what the one behind it does not. */
  #losing = false;
  /** The walks are through; what the log still holds of the time of the walks has not been read. */
  #settling = false;
  /** What was gained has been handed over, what was lost has not been withdrawn. */
  #lostDue = false;
  #walk: WalkKind = 'state';
  /** The walk is a dump that was asked for. */
  #refreshing = false;
  #blocked = false;
  #progressAt: number;
  /** Octets handed over. */
  bytesSent = 0;
  /** Times that the log left it behind. */
  resyncs = 0;

  constructor(options: MemberOptions, modules: MemberModules) {
    this.source = options.source;
    this.#endOfRib = options.endOfRib;
    this.#refreshMarks = options.refreshMarks;
    this.#endOfRibDue = options.endOfRib.length > 0;
    const { interest = everything, cannot = 0, holdEndOfRib = false } = options.selection ?? {};
    const takesWhatItCan = interest === everything && !holdEndOfRib;
    this.selective = options.selection === undefined ? 'never' : takesWhatItCan ? 'where-it-cannot' : 'always';
    this.#interest = interest;
    this.#cannot = cannot;
    this.#endOfRibHeld = holdEndOfRib;
    this.#sink = modules.sink;
    this.#feed = modules.feed;
    this.#now = modules.now;
    this.#walkVersion = this.#feed.version;
    this.#progressAt = this.#now();
    // Who takes nothing yet needs no walk to find that out.
    if (interest === nothing) this.#block = this.#feed.blocks;
  }

  /** Tombstones newer than this are still needed by the member. */
  get floor(): number {
    return this.#block === NOT_WALKING ? this.version : this.#since === NOTHING ? this.#walkVersion : this.#since;
  }
  /** Position in the log before which it needs nothing, or undefined while it walks. */
  get logPosition(): number | undefined {
    return this.#block === NOT_WALKING ? this.#position : undefined;
  }
  get walking(): boolean {
    return this.#block !== NOT_WALKING;
  }
  get blocked(): boolean {
    return this.#blocked;
  }
  /** Whether the initial dump and its End-of-RIB have been handed over. */
  get synchronised(): boolean {
    return !this.#endOfRibDue && this.#block === NOT_WALKING;
  }
  /** Whether its socket takes bytes and there is something for it to read, or to pass over. */
  get hasTurn(): boolean {
    if (this.#blocked) return false;
    if (this.walking || this.#position !== this.#feed.logEnd || this.version !== this.#feed.version) return true;
    return this.#refreshDue || this.#interestChanged || this.#lostDue || (this.#endOfRibDue && !this.#endOfRibHeld);
  }
  /** Octets of its class's stream that it has not been handed; 0 while walking. */
  get lag(): number {
    return this.walking ? 0 : this.#feed.logAppended - this.#appendedAt;
  }
  /** Milliseconds since its socket last took anything while there was something to take. */
  get stalledFor(): number {
    return this.#blocked ? this.#now() - this.#progressAt : 0;
  }

  /**
   * Sends everything again (RFC 2918), once the member has what it is owed: a second dump does not tell it of the
   * withdrawals that the first reading would have. So BoRR never comes before End-of-RIB (RFC 7313 §4).
   */
  refresh(): void {
    this.#refreshDue = true;
  }

  get interest(): Interest {
    return this.#interest;
  }
  /** Bits of what it cannot take. */
  get cannot(): number {
    return this.#cannot;
  }

  /** Whether it is still being handed what it gained, or told to forget what it lost, by a change of interest. */
  get followsInterest(): boolean {
    return this.#earlier.length > 0;
  }

  /** What it takes from now on; it is handed what it missed and told to forget what it takes no more. */
  setInterest(interest: Interest): void {
    if (this.#earlier.length <= MAX_EARLIER) this.#earlier.push(this.#interest);
    if (!interest.covers(this.#interest)) this.#losing = true;
    this.#interest = interest;
    this.#interestChanged = true;
    this.#settling = false;
  }

  /** It can take routes with these requirements after all. */
  allow(requirements: number): void {
    if ((this.#cannot & requirements) === 0) return;
    this.#cannot &= ~requirements;
    this.refresh();
  }

  /** End-of-RIB may go as soon as everything before it went. */
  releaseEndOfRib(): void {
    this.#endOfRibHeld = false;
  }

  /** The socket takes bytes again. */
  writable(): void {
    this.#blocked = false;
    this.#progressAt = this.#now();
  }

  /**
   * Hands over what there is until the socket has enough or `budget` octets went. Returns true when it was stopped by
   * the budget and wants to go on.
   */
  pump(budget: number): boolean {
    let left = budget;
    while (!this.#blocked) {
      if (left <= 0) return true;
      if (this.#batch === undefined) {
        if (!this.#nextBatch()) return false;
        if (this.#batch === undefined) left -= BLOCK_COST;
      }
      // A marker on the way to the batch may have filled the socket.
      if (!this.#blocked && this.#batch !== undefined) left -= this.#writeSome();
    }
    return false;
  }

  /**
   * Writes the next of the current batch's runs that it reads, as many as make one write, and returns their octets. Whole
   * runs only: between two writes the session may send a KEEPALIVE, which must not land inside a message.
   */
  #writeSome(): number {
    const batch = this.#batch as EncodedBatch;
    const { runs, bytes } = batch;
    const pieces = this.#pieces;
    let octets = 0;
    let messages = 0;
    let count = 0;
    let run = this.#run;
    for (; run < runs.length; run += RUN) {
      if (!this.#reads(batch, run)) continue;
      const start = runs[run];
      const end = runs[run + 1];
      const touches = count > 0 && pieces[count - 1] === start;
      if (octets > 0 && octets + end - start > (touches && count === 2 ? MAX_WRITE : MAX_JOINED)) break;
      octets += end - start;
      messages += runs[run + 3];
      if (!touches) pieces[count++] = start;
      pieces[touches ? count - 1 : count++] = end;
    }
    this.#run = run;
    if (run >= runs.length) this.#finishBatch(batch);
    if (octets > 0) this.#write(joined(bytes, pieces, count, octets), messages);
    return octets;
  }

  #reads({ runs, subjects }: EncodedBatch, run: number): boolean {
    if (!concerns(runs[run + 2], this.source)) return false;
    const subject = runs[run + 4];
    return subject < 0 || this.#takes(subjects[subject]);
  }

  #takes({ withdrawal, targets, needs, now }: RunSubject): boolean {
    if ((needs & this.#cannot) !== 0) return false;
    if (!withdrawal) {
      if (targets !== undefined && !this.#interest.wants(targets)) return false;
      return this.#walk !== 'gained' || targets === undefined || !this.#surelyHeld(targets);
    }
    if (now !== undefined && (now.needs & this.#cannot) === 0 && this.#interest.wants(now.targets)) return false;
    if (targets === undefined) return true;
    if (this.#walk === 'lost') return !this.#interest.wants(targets) && this.#maybeHeld(targets);
    return this.#interest.wants(targets) || this.#maybeHeld(targets);
  }

  readonly #mayLose: Concerned = (targets) => !this.#interest.wants(targets) && this.#maybeHeld(targets);
  readonly #mayGain: Concerned = (targets) => this.#interest.wants(targets) && !this.#surelyHeld(targets);
  readonly #wants: Concerned = (targets) => this.#interest.wants(targets);

  readonly #holds: Concerned = (targets) => this.#interest.wants(targets) || this.#maybeHeld(targets);

  /** Absent where all concern it. */
  #concerned(): Concerned | undefined {
    if (this.#walk === 'gained') return this.#mayGain;
    if (this.#interest === everything) return undefined;
    return this.#since === NOTHING ? this.#wants : this.#holds;
  }

  /** Whether every interest since the last walk took these, so that they were never left out. */
  #surelyHeld(targets: TargetSet): boolean {
    const earlier = this.#earlier;
    return earlier.length <= MAX_EARLIER && earlier.every((interest) => interest.wants(targets));
  }

  #maybeHeld(targets: TargetSet): boolean {
    const earlier = this.#earlier;
    return earlier.length > MAX_EARLIER || earlier.some((interest) => interest.wants(targets));
  }

  #write(bytes: Uint8Array, messages: number): void {
    this.#taken(bytes, this.#sink.write(bytes, messages));
  }

  #writeMark(mark: Uint8Array | undefined): void {
    if (mark !== undefined) this.#taken(mark, this.#sink.writeRefresh(mark));
  }

  #taken(bytes: Uint8Array, roomLeft: boolean): void {
    this.bytesSent += bytes.length;
    // A socket that says no but has passed everything to the kernel is not full: it only wants to be asked again.
    if (!roomLeft && this.#sink.buffered > 0) this.#blocked = true;
    else this.#progressAt = this.#now();
  }

  #finishBatch(batch: EncodedBatch): void {
    this.#batch = undefined;
    if (!this.#fromLog) return;
    this.version = batch.version;
    this.#appendedAt += batch.bytes.length;
    this.#position++;
  }

  #startBatch(batch: EncodedBatch, fromLog: boolean): void {
    this.#batch = batch;
    this.#fromLog = fromLog;
    this.#run = 0;
  }

  #startWalk(kind: WalkKind, since: number): void {
    this.#walk = kind;
    this.#since = since;
    this.#walkVersion = this.#feed.version;
    this.#block = 0;
  }

  /** Finds the next batch to read, or passes over a block without one; false when the member has everything. */
  #nextBatch(): boolean {
    for (;;) {
      if (this.#block === NOT_WALKING) {
        if (this.#position < this.#feed.logBegin) {
          this.resyncs++;
          this.#startWalk('state', this.version);
          continue;
        }
        if (this.#position >= this.#feed.logEnd) {
          this.#appendedAt = this.#feed.logAppended;
          this.version = this.#feed.version;
          this.#settle();
          if (!this.#startDueWalk()) return false;
          continue;
        }
        this.#startBatch(this.#feed.logBatch(this.#position), true);
        return true;
      }
      if (this.#block < this.#feed.blocks) {
        const block = this.#block++;
        const batch =
          this.#walk === 'lost'
            ? this.#feed.withdrawBlock(block, this.#mayLose)
            : this.#feed.walkBlock(block, this.#since, this.#concerned());
        if (batch !== undefined && batch.bytes.length > 0) this.#startBatch(batch, false);
        return true;
      }
      this.#endWalk();
    }
  }

  /**
   * What changed behind a walk's back is in the log with the targets that it had; until that is read, it may have to be
   * withdrawn for the sake of an earlier interest.
   */
  #settle(): void {
    if (!this.#settling) return;
    this.#settling = false;
    this.#earlier = [];
    this.#losing = false;
  }

  /** With the log read to its end: what was asked for meanwhile. False when there is nothing. */
  #startDueWalk(): boolean {
    if (this.#refreshDue) {
      this.#refreshDue = false;
      this.#refreshing = true;
      this.#writeMark(this.#refreshMarks?.begin);
      this.#startWalk('state', NOTHING);
      return true;
    }
    if (this.#interestChanged) {
      this.#interestChanged = false;
      this.#lostDue = false;
      this.#startWalk('gained', NOTHING);
      return true;
    }
    if (this.#lostDue) {
      this.#lostDue = false;
      this.#startWalk('lost', NOTHING);
      return true;
    }
    this.#writeEndOfRib();
    return false;
  }

  /** The walk is through: what changed meanwhile is in the log, or is the next, shorter walk. */
  #endWalk(): void {
    this.version = this.#walkVersion;
    // A change of interest during its walk leaves the earlier ones to be looked at again.
    if (!this.#interestChanged) {
      if (this.#walk === 'gained' && this.#losing) this.#lostDue = true;
      else if (this.#walk !== 'state') this.#settling = true;
    }
    this.#walk = 'state';
    this.#writeEndOfRib();
    if (this.#refreshing) {
      this.#refreshing = false;
      this.#writeMark(this.#refreshMarks?.end);
    }
    const position = this.#feed.logPosition(this.version);
    if (position < 0) {
      this.#startWalk('state', this.version);
      return;
    }
    this.#block = NOT_WALKING;
    this.#position = position;
    this.#appendedAt = this.#feed.logAppended - this.#bytesFrom(position);
  }

  #writeEndOfRib(): void {
    if (!this.#endOfRibDue || this.#endOfRibHeld || this.#interestChanged) return;
    this.#endOfRibDue = false;
    this.#write(this.#endOfRib, 1);
  }

  #bytesFrom(position: number): number {
    let bytes = 0;
    for (let at = position; at < this.#feed.logEnd; at++) bytes += this.#feed.logBatch(at).bytes.length;
    return bytes;
  }
}

/** The first `count / 2` pieces of `bytes` in one; not copied where there is only one. */
function joined(bytes: Uint8Array, pieces: readonly number[], count: number, octets: number): Uint8Array {
  if (count === 2) return bytes.subarray(pieces[0], pieces[1]);
  const copy = new Uint8Array(octets);
  let at = 0;
  for (let piece = 0; piece < count; piece += 2) {
    copy.set(bytes.subarray(pieces[piece], pieces[piece + 1]), at);
    at += pieces[piece + 1] - pieces[piece];
  }
  return copy;
}
