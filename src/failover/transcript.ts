import { ATTACHED_CALL, SELECTED_LINES } from '../claude/claude-code-2.1.330.ts';
import type { Structure } from './fitness.ts';
import { blocksOf, readTyped, type TurnRequest } from './turn.ts';

type Messages = TurnRequest['messages'];
type Block = ReturnType<typeof blocksOf>[number];

/** The last thing that was typed, or that an agent was told, and what the model has done since. */
export function sinceThePrompt(messages: Messages): Omit<Structure, 'tokens'> & { prompt: string } {
  const said = messages.filter(({ role }) => role !== 'system');
  const at = said.findLastIndex(({ role, content }) => role === 'user' && readTyped(blocksOf(content)) !== '');
  const steps = said.slice(at + 1).filter(({ role }) => role === 'assistant');
  const last = said.at(-1);
  return {
    prompt: at < 0 ? '' : readTyped(blocksOf(said[at]!.content)),
    earlier: Math.max(at, 0),
    steps: steps.length,
    thought: steps.some(({ content }) => blocksOf(content).some(({ type }) => type.endsWith('thinking'))),
    insideToolLoop: last?.role === 'user' && blocksOf(last.content).some(({ type }) => type === 'tool_result'),
  };
}

/** Fields of tool calls that name a file or a folder: those of the client's own tools, and usual ones of MCP servers. */
const PATH_FIELDS = [
  'file_path',
  'notebook_path',
  'path',
  'filePath',
  'filename',
  'paths',
  'relative_path',
  'directory',
  'source',
  'destination',
];

type Call = { name?: unknown; input?: unknown };

/**
 * The files that the conversation's tool calls have touched, as far as their arguments name them, and those that the
 * client brought along itself; a command's words are taken for files. Each as it was named, and by its place below a
 * root.
 * @param roots folders, absolute: the working folder and the repository's.
 */
export function pathsIn(messages: Messages, roots: readonly string[]): string[] {
  const named = messages.flatMap(({ role, content }) =>
    blocksOf(content).flatMap((block) => (role === 'assistant' ? calledIn(block) : attachedIn(block))),
  );
  const folders = roots.map(tidy);
  return [...new Set([...new Set(named)].flatMap((path) => placesOf(tidy(path), folders)))];
}

function calledIn(block: Block): string[] {
  return block.type === 'tool_use' ? namedIn(block as Call) : [];
}

/** `@payments/a.ts` in a prompt is a tool call that the client makes and tells; lines that are selected in an editor, too. */
function attachedIn({ text }: Block): string[] {
  if (typeof text !== 'string') return [];
  const calls = text.includes('Called the ') ? [...text.matchAll(ATTACHED_CALL)] : [];
  const selected = text.includes('The user selected ') ? [...text.matchAll(SELECTED_LINES)] : [];
  return [
    ...calls.flatMap(([, name, input = '']) => namedIn({ name, input: parsed(input) })),
    ...selected.map(([, path = '']) => path),
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function namedIn({ name, input }: Call): string[] {
  const fields = Object(input) as Record<string, unknown>;
  const files = PATH_FIELDS.flatMap((field) => fields[field]).filter((value) => typeof value === 'string');
  const { command, path, glob, pattern } = fields;
  // Which files are looked for: elsewhere a pattern is one of words.
  const wanted = [glob, name === 'Glob' ? pattern : undefined].filter((value) => typeof value === 'string');
  const folder = typeof path === 'string' ? path : '.';
  const searched = wanted.map((each) => (isAbsolute(each) ? each : `${folder}/${each}`));
  const words = typeof command === 'string' ? command.split(/[\s'"`;|&<>()=]+/) : [];
  return [...files, ...searched, ...words.filter((word, at) => /[/.]/.test(word) || words[at - 1] === 'cd')];
}

/** With slashes, and without steps that lead nowhere: `src/../payments//a.ts`. */
function tidy(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  const steps: string[] = [];
  for (const step of slashed.split('/')) {
    if (step === '..' && (steps.at(-1) ?? '..') !== '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return (slashed.startsWith('/') ? '/' : '') + steps.join('/');
}

function isAbsolute(path: string): boolean {
  return /^(?:[a-z]:)?\//i.test(path);
}

/** As it was named, and below each root. */
function placesOf(path: string, roots: readonly string[]): string[] {
  const [cwd] = roots;
  const whole = cwd === undefined || isAbsolute(path) ? path : tidy(`${cwd}/${path}`);
  const below = roots
    .map((root) => `${root.replace(/\/$/, '')}/`)
    .filter((root) => sameCase(whole).startsWith(sameCase(root)))
    .map((root) => whole.slice(root.length));
  return [path, whole, ...below];
}

/** The same drive is `C:` for one program and `c:` for another. */
function sameCase(path: string): string {
  return /^[a-z]:\//i.test(path) ? path.toLowerCase() : path;
}
