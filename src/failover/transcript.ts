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
const PATH_FIELDS = ['file_path', 'notebook_path', 'path', 'filePath', 'filename'];

/**
 * The files that the conversation's tool calls have touched, as far as their arguments name them; a command's words are
 * taken for files. Each as it was named, and by its place below a root.
 * @param roots folders, absolute: the working folder and the repository's.
 */
export function pathsIn(messages: Messages, roots: readonly string[]): string[] {
  const named = messages.flatMap(({ role, content }) =>
    role === 'assistant' ? blocksOf(content).flatMap((block) => namedIn(block)) : [],
  );
  return [...new Set(named.flatMap((path) => [path, ...below(path, roots)]))];
}

function namedIn(block: Block): string[] {
  if (block.type !== 'tool_use') return [];
  const { input } = block as { input?: unknown };
  const fields = Object(input) as Record<string, unknown>;
  const files = PATH_FIELDS.map((name) => fields[name]).filter((value) => typeof value === 'string');
  const { command } = fields;
  const words =
    typeof command === 'string' ? command.split(/[\s'"`;|&<>()=]+/).filter((word) => /[/.]/.test(word)) : [];
  return [...files, ...words].map((path) => path.replaceAll('\\', '/').replace(/^\.\//, ''));
}

function below(path: string, roots: readonly string[]): string[] {
  return roots
    .map((root) => `${root.replaceAll('\\', '/').replace(/\/+$/, '')}/`)
    .filter((root) => path.startsWith(root))
    .map((root) => path.slice(root.length));
}
