import type { EventOf } from '../events.ts';
import type { Label } from './switch.ts';
import { number, plural } from './text.ts';

/** `Gemini got a note of the session (2,310 tokens)`, `14 of 61 passages`, `the note itself: ccmux memory show` */
export function noteParts(note: EventOf<'memory-note'>, label: Label): string[] {
  const { provider, tokens, passages, of, thoughts, text } = note;
  const thinking = thoughts === 0 ? '' : `, ${plural(thoughts, 'thought')} of Claude's among them`;
  return [
    `${label(provider)} got a note of the session (${number(tokens)} tokens)`,
    ...(of === 0 ? [] : [`${passages} of ${plural(of, 'passage')} that the transcript lacks${thinking}`]),
    ...(text === undefined ? [] : ['the note itself: ccmux memory show']),
  ];
}
