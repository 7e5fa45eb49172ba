import type { StreamLine } from '../demo/stage.ts';
import type { EventOf } from '../events.ts';
import { plural } from '../words/text.ts';

/** How one of the four sessions is played. */
export type Cell = { thinking: 'hidden' | 'shown'; memory: 'off' | 'on' };

/** What came of it. */
export type Outcome = Cell & {
  /** What Gemini was told beside the transcript. */
  note: EventOf<'memory-note'> | undefined;
  steps: Step[];
};

/** One tool call of Gemini's. `again`: Claude had made it, and nothing had changed since. */
export type Step = { text: string; again: boolean };

/** Reads Gemini's steps from the client's stream, in their order. */
export function stepsOf(lines: readonly StreamLine[], project: string): Step[] {
  const made = new Set<string>();
  const steps: Step[] = [];
  for (const { type, message } of lines) {
    if (type !== 'assistant' || !Array.isArray(message?.content)) continue;
    for (const { type: kind, name = '', input = {} } of message.content) {
      if (kind !== 'tool_use') continue;
      const text = stepText(name, input, project);
      const isClaude = message.model?.startsWith('claude');
      if (!isClaude) steps.push({ text, again: made.has(text) });
      if (name === 'Edit') made.clear();
      if (isClaude) made.add(text);
    }
  }
  return steps;
}

function stepText(name: string, input: Record<string, unknown>, project: string): string {
  const about = String(input['command'] ?? input['file_path'] ?? '').replace(`${project}/`, '');
  // What a command's output is cut down by says nothing of the step.
  return name === 'Bash' ? about.replace(/ \|.*/, '') : `${name} ${about}`;
}

export const CAVEAT =
  'Both models are simulated, so this shows the mechanism and measures nothing: the stand-in makes an experiment when its request does not say the outcome. What Claude Code sent, and what ccmux made of it, is real.';

/** Whether it went as it should: a note only with memory on, Claude's thoughts only where Claude Code shows them, and a fix. */
export function isAsTold({ thinking, memory, note, steps }: Outcome): boolean {
  const hasThoughts = (note?.thoughts ?? 0) > 0;
  return (
    (note !== undefined) === (memory === 'on') &&
    hasThoughts === (memory === 'on' && thinking === 'shown') &&
    steps.some(({ text }) => text.startsWith('Edit '))
  );
}

/** The four side by side: a line for each fact of the note and each step that anybody made, a cell for each outcome. */
export type Line = { label: string; cells: string[] };

/** What a step was in one of the four. */
export const STEP = { again: 'again', made: '✓', spared: '–' } as const;

export function noteLines(outcomes: readonly Outcome[]): Line[] {
  const line = (label: string, cell: (note: NonNullable<Outcome['note']>) => string, without: string): Line => ({
    label,
    cells: outcomes.map(({ note }) => (note ? cell(note) : without)),
  });
  return [
    line('note', ({ tokens }) => `${tokens} tokens`, 'none'),
    line('quotes', ({ passages }) => plural(passages, 'passage'), STEP.spared),
    line('of them thoughts', ({ thoughts }) => (thoughts === 0 ? 'none' : String(thoughts)), STEP.spared),
  ];
}

export function stepLines(outcomes: readonly Outcome[]): Line[] {
  const longest = outcomes.toSorted((a, b) => b.steps.length - a.steps.length);
  const texts = [...new Set(longest.flatMap(({ steps }) => steps.map(({ text }) => text)))];
  return texts.map((text) => ({
    label: text,
    cells: outcomes.map(({ steps }) => {
      const step = steps.find((each) => each.text === text);
      if (!step) return STEP.spared;
      return step.again ? STEP.again : STEP.made;
    }),
  }));
}

export function sumLines(outcomes: readonly Outcome[]): Line[] {
  return [
    { label: 'steps', cells: outcomes.map(({ steps }) => String(steps.length)) },
    {
      label: 'made before by Claude',
      cells: outcomes.map(({ steps }) => String(steps.filter(({ again }) => again).length)),
    },
  ];
}
