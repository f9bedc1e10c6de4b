/** Server-sent events (WHATWG HTML §9.2): one written, and a stream of them read. */
import type { FeedEvent } from './contract/feed.ts';

/** Its text. One without data moves the place from which a reader resumes, and is no event to it. */
export function formatEvent({ id, event, data }: FeedEvent): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  const place = id === undefined ? '' : `id: ${id}\n`;
  // JSON has no line breaks of its own.
  return data === undefined ? `${place}\n` : `${place}${name}data: ${JSON.stringify(data)}\n\n`;
}

/** What keeps a stream alive when there is nothing to say: a comment. */
export const HEARTBEAT_TEXT = ':\n\n';

/** An event as it was read; `data` as text. */
export interface ReadEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Reads events from pieces of text, cut anywhere. An event that is longer than `limit` characters ends it with a RangeError. */
export class EventReader {
  readonly #found: (event: ReadEvent) => void;
  readonly #moved: (id: string) => void;
  readonly #limit: number;
  #told = '';
  #rest = '';
  #id = '';
  #event = '';
  #data: string[] = [];
  #length = 0;

  /** `moved` is told each place from which to resume, also where there was no event for this reader. */
  constructor(found: (event: ReadEvent) => void, moved: (id: string) => void = () => {}, limit = 16 * 1024 * 1024) {
    this.#found = found;
    this.#moved = moved;
    this.#limit = limit;
  }

  /** From where to resume. */
  get lastId(): string {
    return this.#id;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
    if (this.#rest.length + this.#length > this.#limit)
      throw new RangeError('an event is longer than any that nvad sends');
  }

  #line(line: string): void {
    if (line === '') {
      if (this.#data.length > 0) {
        this.#found({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') });
      }
      this.#event = '';
      this.#data = [];
      this.#length = 0;
      if (this.#id !== this.#told) this.#moved(this.#id);
      this.#told = this.#id;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      this.#data.push(value);
      this.#length += value.length;
    } else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }
}
