import { expect, it } from 'vitest';
import { notification } from '../../src/notices/notify.ts';

const ESC = '\u001B';
const TEXT = 'ccmux: no provider can answer; see status';

it.each<[string, Record<string, string>, string]>([
  ['kitty', { TERM: 'xterm-kitty' }, `${ESC}]99;;${TEXT}${ESC}\\`],
  ['ghostty', { TERM_PROGRAM: 'ghostty' }, `${ESC}]777;notify;ccmux;${TEXT.replace(';', ',')}${ESC}\\`],
  ['foot', { TERM: 'foot' }, `${ESC}]777;notify;ccmux;${TEXT.replace(';', ',')}${ESC}\\`],
  ['iTerm2', { TERM_PROGRAM: 'iTerm.app' }, `${ESC}]9;${TEXT}\u0007`],
  ['WezTerm', { TERM_PROGRAM: 'WezTerm' }, `${ESC}]9;${TEXT}\u0007`],
  ['any other', { TERM: 'xterm-256color' }, '\u0007'],
  ['none that is known', {}, '\u0007'],
  ['tmux in an unknown one', { TMUX: '/tmp/t,1,0', TERM_PROGRAM: 'tmux' }, '\u0007'],
  [
    'tmux in iTerm2',
    { TMUX: '/tmp/t,1,0', TERM_PROGRAM: 'tmux', ITERM_SESSION_ID: 'w0' },
    `${ESC}Ptmux;${ESC}${ESC}]9;${TEXT}\u0007${ESC}\\\u0007`,
  ],
])('in %s', (_, env, sequence) => {
  expect(notification(TEXT, env)).toBe(sequence);
});
