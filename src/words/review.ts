import type { EventOf } from '../events.ts';
import type { Label } from './label.ts';
import { plural } from './text.ts';

type Review = Omit<EventOf<'review-offer'>, 'type' | 'exchange' | 'at'>;

/** More files would not fit in a line. */
const MOST_FILES = 4;

/** `Gemini answered 3 turns: edited 2 files, ran the tests: 2 failed`, `Review what Gemini changed in turns 6 to 8: …` */
export function reviewParts(review: Review, label: Label): string[] {
  return [workText(review, label), `to send: ${reviewPrompt(review, label)}`];
}

export function workText({ providers, turns, files, tests }: Review, label: Label): string {
  const edits = files.length === 0 ? [] : [`edited ${plural(files.length, 'file')}`];
  const runs = tests === undefined ? [] : [`ran the tests: ${testText(tests)}`];
  return `${names(providers, label)} answered ${plural(turns, 'turn')}: ${[...edits, ...runs].join(', ')}`;
}

function testText({ failed, failing }: NonNullable<Review['tests']>): string {
  if (!failed) return 'all passed';
  return failing === undefined ? 'failed' : `${failing} failed`;
}

/** A prompt that the user can send as it is. */
export function reviewPrompt({ providers, from, to, earlier, files }: Review, label: Label): string {
  const before = earlier === undefined ? [] : ['before this conversation was resumed'];
  const turns = from === undefined ? [] : [from === to ? `in turn ${from}` : `in turns ${from} to ${to}`];
  const when = [...before, ...turns].join(' and ');
  const did = files.length === 0 ? 'did' : 'changed';
  const shown = files.slice(0, MOST_FILES).map((file) => file.split(/[\\/]/).at(-1));
  const more = files.length > MOST_FILES ? [`and ${files.length - MOST_FILES} more`] : [];
  const where = files.length === 0 ? '' : `: ${[...shown, ...more].join(', ')}`;
  return `Review what ${names(providers, label)} ${did} ${when}${where}`;
}

function names(providers: readonly string[], label: Label): string {
  const all = providers.map(label);
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
