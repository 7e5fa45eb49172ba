import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { relaySignals } from '../../src/session/signals.ts';

function set(inFront: boolean) {
  const self = new EventEmitter() as EventEmitter & Pick<NodeJS.Process, 'on' | 'off'>;
  const received: string[] = [];
  const release = relaySignals({ kill: (signal) => received.push(signal) }, self, () => inFront);
  return { self, received, release };
}

it.each([
  ['SIGTERM', true, ['SIGTERM']],
  ['SIGHUP', true, ['SIGHUP']],
  ['SIGQUIT', true, ['SIGQUIT']],
  // The terminal has sent it to the child as well.
  ['SIGINT', true, []],
  ['SIGINT', false, ['SIGINT']],
  ['SIGTERM', false, ['SIGTERM']],
] as const)('%s, in front of the terminal: %s', (signal, inFront, expected) => {
  const { self, received } = set(inFront);
  self.emit(signal, signal);
  expect(received).toEqual(expected);
});

it('leaves what stops and wakes a process to the system', () => {
  const { self } = set(true);
  expect(new Set(self.eventNames())).toEqual(new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']));
});

it('puts the default behaviour back', () => {
  const { self, release } = set(true);
  release();
  expect(self.eventNames()).toEqual([]);
});
