import { expect, it } from 'vitest';
import type { Event } from '../../src/events.ts';
import { listed, renderList } from '../../src/report/session-list.ts';
import { renderReport } from '../../src/report/text.ts';
import { parseJournal } from '../../src/state/journal.ts';
import { summarise } from '../../src/state/fold.ts';
import { sampleEvents } from '../helpers/sample-session.ts';
import { journey } from '../report/story.ts';

/** A damaged line may still be JSON: a name was hit, or a value. What is left of the session is told all the same. */

type Path = (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name])),
  ];
}

/** The event with something else at one place; undefined takes it away. */
function changed(event: Event, path: Path, value: unknown): Event {
  const copy = structuredClone(event) as unknown as Record<string, unknown>;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  at[path.at(-1)!] = value;
  return copy as unknown as Event;
}

/** One event of each type, each with all of its fields where the two stories have them. */
const STORIES = [journey(), sampleEvents({ ended: true })];

it.each([undefined, null, 7, 'other', [], {}, true])('tells of a session in which any one value is %j', (value) => {
  const broken: string[] = [];
  for (const story of STORIES) {
    const seen = new Set<string>();
    for (const [at, event] of story.entries()) {
      for (const path of pathsOf(event)) {
        const name = `${event.type}.${path.join('.')}`;
        if (seen.has(name)) continue;
        seen.add(name);
        const events = story.with(at, changed(event, path, value));
        try {
          const summary = summarise(parseJournal(events.map((one) => JSON.stringify(one)).join('\n')));
          renderReport(summary, { width: 80, color: false, now: 0 });
          renderList([listed(summary, false)], { width: 80, color: false, now: 0 });
        } catch (fault) {
          broken.push(`${name}: ${(fault as Error).stack?.split('\n').slice(0, 3).join(' ')}`);
        }
      }
    }
  }
  expect(broken).toEqual([]);
});
