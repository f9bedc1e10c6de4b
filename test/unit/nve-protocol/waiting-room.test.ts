import { expect, it } from 'vitest';
import { WaitingRoom } from '../../../src/nve-protocol/server/waiting-room.ts';

function room(most: number, mostOfOne: number) {
  const ended: string[] = [];
  const waiting = new WaitingRoom({ most, mostOfOne });
  let count = 0;
  const enter = (address: string) => {
    const name = `${address} ${++count}`;
    const one = { address, end: () => void ended.push(name) };
    waiting.enter(one);
    return one;
  };
  return { waiting, ended, enter };
}

it('has room for so many of one address, and the oldest of it goes', () => {
  const { waiting, ended, enter } = room(10, 2);
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.1']) enter(address);
  expect(ended).toEqual(['10.0.0.1 1']);
  expect(waiting.size).toBe(3);
});

it('makes room at the cost of the address that has most', () => {
  const { ended, enter } = room(4, 8);
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']) enter(address);
  // Where all have one, who has waited longest goes.
  expect(ended).toEqual(['10.0.0.2 2', '10.0.0.1 1']);
});

it('takes a /64 for one address, and an IPv4 address for itself however it is written', () => {
  const { ended, enter } = room(10, 1);
  for (const address of ['2001:db8::1', '2001:db8:0:1::1', '10.0.0.1', '::ffff:10.0.0.1', '2001:db8::2'])
    enter(address);
  expect(ended).toEqual(['10.0.0.1 3', '2001:db8::1 1']);
});

it('forgets who has left', () => {
  const { waiting, ended, enter } = room(10, 1);
  const one = enter('10.0.0.1');
  waiting.leave(one);
  waiting.leave(one);
  enter('10.0.0.1');
  expect(ended).toEqual([]);
  expect(waiting.size).toBe(1);
});
