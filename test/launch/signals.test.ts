import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { systemOf } from '../../src/ground/system.ts';
import { endOnSignal, relaySignals } from '../../src/launch/signals.ts';

function set(inFront: boolean, system = systemOf('linux')) {
  const self = new EventEmitter() as EventEmitter & Pick<NodeJS.Process, 'on' | 'off'>;
  const received: string[] = [];
  const release = relaySignals({ kill: (signal) => received.push(signal) }, self, () => inFront, system);
  return { self, received, release };
}

it.each([
  ['SIGTERM', true, ['SIGTERM']],
  ['SIGHUP', true, ['SIGHUP']],
  ['SIGQUIT', true, ['SIGQUIT']],
  ['SIGUSR1', true, ['SIGUSR1']],
  ['SIGUSR2', true, ['SIGUSR2']],
  ['SIGALRM', true, ['SIGALRM']],
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
  for (const signal of ['SIGTSTP', 'SIGCONT', 'SIGWINCH', 'SIGTTIN', 'SIGTTOU', 'SIGPIPE', 'SIGCHLD'])
    expect(self.eventNames()).not.toContain(signal);
});

it.each(['SIGINT', 'SIGBREAK', 'SIGHUP'])('on Windows the console gives %s to all: nothing is sent on', (signal) => {
  const { self, received } = set(false, systemOf('win32'));
  expect(self.emit(signal, signal)).toBe(true);
  expect(received).toEqual([]);
});

it('puts the default behaviour back', () => {
  const { self, release } = set(true);
  release();
  expect(self.eventNames()).toEqual([]);
});

it.each([
  ['before the child runs, by that of the signal', undefined, [143, 130]],
  ['after the child has ended, by its own', 0, [0, 0]],
  ['after the child has failed, by its own', 3, [3, 3]],
])('ends by an exit %s, and by nothing of its own from then on', (_when, status, expected) => {
  const self = Object.assign(new EventEmitter(), {
    codes: [] as number[],
    exit: (code: number) => void self.codes.push(code),
  });
  const release = endOnSignal(status, self as unknown as NodeJS.Process);
  self.emit('SIGTERM', 'SIGTERM');
  self.emit('SIGINT', 'SIGINT');
  release();
  self.emit('SIGHUP', 'SIGHUP');
  expect(self.codes).toEqual(expected);
});
