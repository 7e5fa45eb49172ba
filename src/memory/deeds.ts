import {
  EXIT_CODE,
  PLAN_APPROVED,
  QUESTIONS_ANSWERED,
  REFUSED_TOOL,
  TASK_CREATED,
} from '../claude/claude-code-2.1.330.ts';
import { readTestRun, runsTests, type TestRun } from './test-run.ts';

/** What happened in a conversation, as the client's own tools say it. No word of a file's is among it. */
export type Deed =
  | { kind: 'choice'; text: string }
  /** `why`: what the user said, if anything. */
  | { kind: 'refusal'; what: string; why: string }
  | { kind: 'edit'; file: string }
  | ({ kind: 'test'; command: string } & TestRun)
  /** A command that is no test. `error`: the last line of one that failed. */
  | { kind: 'command'; command: string; error?: string }
  | { kind: 'tasks'; tasks: Task[] }
  | { kind: 'task'; id: string; text?: string; status?: string };

export type Task = { text: string; status: string };

/** A tool call that waits for its result. */
export type Call = { name: string; input: unknown };

const EDITING = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit', 'Update']);
const LONGEST = 100;

/**
 * What a call and its result say.
 * @param result the text of the result.
 */
export function deedsOf({ name, input }: Call, result: string, isError: boolean): Deed[] {
  const given = Object(input) as Record<string, unknown>;
  const refused = isError ? REFUSED_TOOL.exec(result) : null;
  if (refused) return [{ kind: 'refusal', what: describe(name, given), why: refused[1]?.trim() ?? '' }];
  if (name === 'Bash') return [commandDeed(string(given['command']), result, isError)];
  if (isError) return [];
  if (EDITING.has(name)) {
    const file = string(given['file_path'] ?? given['notebook_path']);
    return file === '' ? [] : [{ kind: 'edit', file }];
  }
  if (name === 'AskUserQuestion') {
    const said = QUESTIONS_ANSWERED.exec(result)?.[1] ?? '';
    return said === '' ? [] : [{ kind: 'choice', text: said }];
  }
  return taskDeeds(name, given, result);
}

/** The plan that the user has approved, as the user left it. */
export function approvedPlan({ name, input }: Call, result: string): string | undefined {
  if (name !== 'ExitPlanMode') return undefined;
  return PLAN_APPROVED.exec(result)?.[1] ?? (string(Object(input)['plan']) || undefined);
}

function taskDeeds(name: string, given: Record<string, unknown>, result: string): Deed[] {
  if (name === 'TodoWrite' && Array.isArray(given['todos'])) {
    const tasks = given['todos'].map((todo: unknown) => {
      const { content, status } = Object(todo) as { content?: unknown; status?: unknown };
      return { text: string(content), status: string(status) };
    });
    return [{ kind: 'tasks', tasks }];
  }
  if (name === 'TaskCreate') {
    const id = TASK_CREATED.exec(result)?.[1];
    return id === undefined ? [] : [{ kind: 'task', id, text: string(given['subject']), status: 'pending' }];
  }
  if (name === 'TaskUpdate') {
    const [text, status] = [string(given['subject']), string(given['status'])];
    return [{ kind: 'task', id: string(given['taskId']), ...(text && { text }), ...(status && { status }) }];
  }
  return [];
}

function commandDeed(command: string, result: string, isError: boolean): Deed {
  if (runsTests(command)) return { kind: 'test', command: oneLine(command), ...readTestRun(result, isError) };
  const error = isError ? oneLine(result.replace(EXIT_CODE, '').trim().split('\n').at(-1) ?? '') : undefined;
  return { kind: 'command', command: oneLine(command), ...(error !== undefined && { error: error || 'failed' }) };
}

function describe(name: string, given: Record<string, unknown>): string {
  const about = ['command', 'file_path', 'notebook_path', 'url', 'description', 'plan'].map((field) =>
    string(given[field]),
  );
  return oneLine(`${name} ${about.find((text) => text !== '') ?? ''}`);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 2)} …`;
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
