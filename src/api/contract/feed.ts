/** One server-sent event. */
export interface FeedEvent {
  /** What a reader resumes by. */
  readonly id?: number;
  /** Absent for the usual one. */
  readonly event?: string;
  /** JSON. */
  readonly data: unknown;
}

/**
 * What a stream is made of. It holds nothing for its reader but a place: what comes next is read when the reader has room.
 */
export interface Feed {
  /** What comes next; empty when there is nothing yet, undefined when there will be nothing more. Bounded by itself. */
  read(): readonly FeedEvent[] | undefined;
  /** Calls `more` when there may be something to read; the answer ends that. */
  watch(more: () => void): () => void;
}
