/** The different sets of attributes that a load's routes are passed on with, by number; 0 is for a route that is not there. */
import { canonical, type Origin, reflectedAttributes } from './attributes.ts';
import type { ClientIndex } from './population.ts';

export const ABSENT = 0;

export class Forms {
  readonly #ip: 4 | 6;
  readonly #byOrigin = new Map<string, number>();
  readonly #byText = new Map<string, number>();
  readonly #texts: string[] = ['(absent)'];
  readonly #announcer: ClientIndex[] = [-1];

  constructor(ip: 4 | 6) {
    this.#ip = ip;
  }

  /** The form in which routes of this origin are passed on. */
  of(origin: Origin): number {
    const key = `${origin.client}/${origin.network}/${origin.sequence}`;
    const known = this.#byOrigin.get(key);
    if (known !== undefined) return known;
    const text = canonical(reflectedAttributes(origin, this.#ip));
    const form = this.#texts.length;
    this.#byOrigin.set(key, form);
    this.#byText.set(text, form);
    this.#texts.push(text);
    this.#announcer.push(origin.client);
    return form;
  }

  /** The form with this canonical text, or undefined when no route of the load has it. */
  find(text: string): number | undefined {
    return this.#byText.get(text);
  }

  announcerOf(form: number): ClientIndex {
    return this.#announcer[form] as ClientIndex;
  }

  textOf(form: number): string {
    return this.#texts[form] ?? '(none of this load)';
  }
}
