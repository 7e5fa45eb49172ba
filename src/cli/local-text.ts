import type { LocalModel, LocalServer } from '../providers/local-servers.ts';
import { windowSize } from '../words/limit.ts';

/** Claude Code's instructions and tools fill about this much before the first word of the user's. */
export const LEAST_WINDOW = 32_768;

/** Shown of a server that has many models. */
const MOST_NAMES = 6;

/** `qwen3-coder (64k), gemma3 (128k if it is told so), 3 more` */
export function modelsText(models: readonly LocalModel[]): string {
  const more = models.length - MOST_NAMES;
  const names = models.slice(0, MOST_NAMES).map((model) => `${model.id}${windowText(model)}`);
  return [...names, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

export function windowText({ contextWindow, mostContext, tools }: LocalModel): string {
  const window =
    contextWindow !== undefined
      ? windowSize(contextWindow)
      : mostContext !== undefined && `up to ${windowSize(mostContext)}`;
  const facts = [window, tools === false && 'no tools'].filter(Boolean);
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}

/** How a server gives its model a larger window. */
export const LARGER_WINDOW: Record<LocalServer['id'], string> = {
  ollama: 'Start it with OLLAMA_CONTEXT_LENGTH=65536.',
  lmstudio: 'Load the model with a context length of 65536.',
  vllm: 'Start it with --max-model-len 65536.',
  llamacpp: 'Start it with --ctx-size 65536.',
};

/** Ollama takes a name without its tag for `:latest`. */
export function isSameModel(a: string, b: string): boolean {
  return a.replace(/:latest$/, '') === b.replace(/:latest$/, '');
}

/** @param host `host[:port]` */
export function isAt(host: string, { baseUrl }: LocalServer): boolean {
  return host.replace(/^(localhost|\[::1\])(?=:)/, '127.0.0.1') === new URL(baseUrl).host;
}
