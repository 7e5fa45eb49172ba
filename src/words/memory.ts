import type { EventOf } from '../events.ts';
import type { Label } from './label.ts';
import { number, plural } from './text.ts';

type Facts = Omit<EventOf<'memory-note'>, 'text'> & { text?: string | undefined };

/** `Gemini got a note of the session (2,310 tokens)`, `14 of 61 passages`, `the note itself: ccmux memory show` */
export function noteParts(note: Facts, label: Label): string[] {
  const { provider, tokens, passages, of, thoughts, earlier = 0, text } = note;
  const thinking = thoughts === 0 ? '' : `, ${plural(thoughts, 'thought')} of Claude's among them`;
  return [
    `${label(provider)} got a note of the session (${number(tokens)} tokens)`,
    ...(of === 0 ? [] : [`${passages} of ${plural(of, 'passage')} that the transcript lacks${thinking}`]),
    ...(earlier === 0 ? [] : [`${plural(earlier, 'passage')} of earlier sessions`]),
    ...(text === undefined ? [] : ['the note itself: ccmux memory show']),
  ];
}

/** The answers to `ccmux memory on` and `off`, typed as a prompt. */
export const MEMORY_OFF =
  'No note is written in this session from now on, and nothing is kept of it. Undo: ccmux memory on';
export const MEMORY_ON = 'Notes are written in this session again. What was said meanwhile is not kept for later ones.';

/** What the mode `project` widens. */
export const PROJECT_MODE =
  'From the next launch on passages of each session are kept on this machine, and whoever takes over in a later session of the same project is told what fits. What is given to whom: ccmux help memory';

export const NO_NOTE =
  'No note was sent: no other provider has answered, or there was nothing that the transcript does not say.';

/** Every note of a session with what it held, each as it was sent. */
export function notesText(notes: readonly EventOf<'memory-note'>[], label: Label): string {
  if (notes.length === 0) return NO_NOTE;
  return notes
    .map((note) => {
      const facts = noteParts({ ...note, text: undefined }, label).join(' · ');
      return `${facts}\n\n${note.text ?? 'Its words were not kept: report.previews is off.'}`;
    })
    .join('\n\n');
}
