import type { EventOf } from '../events.ts';
import type { Label } from './switch.ts';
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
