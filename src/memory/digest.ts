import type { Deed, Task } from './deeds.ts';
import type { Noted } from './noted.ts';

/** What a conversation has come to, in short lines. */
export type Digest = {
  /** What the user chose and refused. */
  decided: string[];
  /** Tests, tasks and failures. */
  state: string[];
  /** The files touched and the tests that failed last: what the next step is likely to be about. */
  surroundings: string;
};

const MOST_DECIDED = 8;
const MOST_FAILURES = 3;
const MOST_FILES = 6;
const MOST_TASKS = 6;

type Told<K extends Deed['kind']> = Extract<Deed, { kind: K }> & { turn: number; at: number };

/** Folds what happened, the oldest first. */
export function digestOf(messages: readonly Noted[]): Digest {
  const deeds = messages.flatMap(({ deeds, turn }) => deeds.map((deed) => ({ ...deed, turn })));
  const all = deeds.map((deed, at) => ({ ...deed, at }));
  const of = <K extends Deed['kind']>(kind: K) => all.filter((deed) => deed.kind === kind) as Told<K>[];
  const test = of('test').at(-1);
  const untested = of('edit').filter(({ at }) => at > (test?.at ?? -1));
  const state = [
    ...(test ? [`- tests (t${test.turn}): ${testText(test)}`] : []),
    ...(untested.length > 0 ? [`- edited, not tested since: ${filesText(untested)}`] : []),
    ...tasksText(tasksOf(all)),
    ...failuresText(of('command')),
  ];
  const decided = all.flatMap((deed) => {
    if (deed.kind === 'choice') return [`- [t${deed.turn}] asked: ${deed.text}`];
    if (deed.kind !== 'refusal') return [];
    return [`- [t${deed.turn}] refused: ${deed.what}${deed.why === '' ? '' : `: "${deed.why}"`}`];
  });
  const files = of('edit').slice(-MOST_FILES);
  const commands = of('command').slice(-2);
  return {
    decided: decided.slice(-MOST_DECIDED),
    state,
    surroundings: [
      ...files.map(({ file }) => file),
      ...commands.map(({ command }) => command),
      ...(test?.failing ?? []),
    ].join('\n'),
  };
}

function testText({ command, failed, counts, failing }: Told<'test'>): string {
  const result = counts === '' ? (failed ? 'failed' : 'passed') : counts;
  return `${command} → ${result}${failing.length === 0 ? '' : ` · failing: ${failing.join('; ')}`}`;
}

function filesText(edits: readonly Told<'edit'>[]): string {
  const last = new Map(edits.map(({ file, turn }) => [file, turn]));
  const shown = [...last].slice(-MOST_FILES).map(([file, turn]) => `${file} (t${turn})`);
  return `${shown.join(', ')}${last.size > MOST_FILES ? ` and ${last.size - MOST_FILES} more` : ''}`;
}

/** The list as it stands: `TodoWrite` gives it whole, the newer tools task by task. */
function tasksOf(deeds: readonly Deed[]): Task[] {
  let tasks = new Map<string, Task>();
  for (const deed of deeds) {
    if (deed.kind === 'tasks') tasks = new Map(deed.tasks.map((task, i) => [`todo ${i}`, task]));
    if (deed.kind !== 'task') continue;
    const { text = '', status = 'pending' } = { ...tasks.get(deed.id), ...deed };
    if (status === 'deleted') tasks.delete(deed.id);
    else tasks.set(deed.id, { text, status });
  }
  return [...tasks.values()].filter(({ text }) => text !== '');
}

function tasksText(tasks: readonly Task[]): string[] {
  if (tasks.length === 0) return [];
  const named = (status: string) => tasks.filter((task) => task.status === status).map(({ text }) => text);
  const list = (title: string, texts: string[]) =>
    texts.length === 0 ? [] : [`${title}: ${texts.slice(0, MOST_TASKS).join('; ')}`];
  const done = named('completed').length;
  return [
    `- tasks: ${[...list('in progress', named('in_progress')), ...list('pending', named('pending')), `${done} of ${tasks.length} done`].join(' · ')}`,
  ];
}

/** Commands that failed, and have not gone well since. */
function failuresText(commands: readonly Told<'command'>[]): string[] {
  const last = new Map<string, { turn: number; error?: string; times: number }>();
  for (const { command, error, turn } of commands) {
    const times = (last.get(command)?.times ?? 0) + 1;
    last.delete(command);
    last.set(command, { turn, times, ...(error !== undefined && { error }) });
  }
  return [...last]
    .filter(([, { error }]) => error !== undefined)
    .slice(-MOST_FAILURES)
    .map(([command, { error, turn, times }]) => {
      return `- failed: ${command} → ${error} (t${turn}${times > 1 ? `, tried ${times} times` : ''})`;
    });
}
