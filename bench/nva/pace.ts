/** Calls `due` so many times a second for so many seconds, with the moment at which each was due; what is late is made up for. */
import { setTimeout as delay } from 'node:timers/promises';

export async function pace(perSecond: number, seconds: number, due: (moment: number) => void): Promise<void> {
  const began = performance.now();
  const all = Math.round(perSecond * seconds);
  for (let done = 0; done < all; ) {
    const now = performance.now();
    const wanted = Math.min(all, Math.floor(((now - began) * perSecond) / 1000) + 1);
    for (; done < wanted; done++) due(began + (done * 1000) / perSecond);
    await delay(1);
  }
}
