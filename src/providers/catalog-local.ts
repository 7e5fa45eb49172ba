import { READ, TEXT_ONLY, type CatalogRow } from './catalog-row.ts';

/** What all of them have in common. */
const SERVER = {
  kind: 'anthropic',
  auth: 'none',
  keyVariables: [],
  discovered: false,
  // The server's own setting decides; this is the minimum that Ollama recommends for Claude Code.
  limits: { default: { contextWindow: 65_536, maxOutput: 32_768 } },
  capabilities: TEXT_ONLY,
  quirks: {},
  limitStyle: 'none',
  keyCheck: 'unsure',
  paid: false,
} as const satisfies Partial<CatalogRow>;

/** One model for every tier. */
const alone = (model: string) => ({ opus: model, sonnet: model, haiku: model, default: model });

/**
 * Programs that serve models on the user's own machine, all by Anthropic's wire. Which models they have, and with which
 * windows, only they know: `local-servers.ts` asks them.
 */
export const LOCAL = {
  ollama: {
    ...SERVER,
    id: 'ollama',
    label: 'Ollama',
    vendor: 'ollama',
    baseUrl: 'http://127.0.0.1:11434',
    models: alone('qwen3-coder'),
    source: 'https://docs.ollama.com/api/anthropic-compatibility',
    read: READ,
    checked: "base URL, ignored key and model name against the vendor page; the window is the user's own setting",
  },
  lmstudio: {
    ...SERVER,
    id: 'lmstudio',
    label: 'LM Studio',
    vendor: 'lmstudio',
    baseUrl: 'http://127.0.0.1:1234',
    models: alone('openai/gpt-oss-20b'),
    source: 'https://lmstudio.ai/docs/developer/anthropic-compat',
    read: READ,
    checked: "base URL, optional key and model name against the vendor page; the window is the user's own setting",
  },
  vllm: {
    ...SERVER,
    id: 'vllm',
    label: 'vLLM',
    vendor: 'vllm',
    baseUrl: 'http://127.0.0.1:8000',
    models: alone('openai/gpt-oss-20b'),
    source: 'https://docs.vllm.ai/en/stable/serving/integrations/claude_code/',
    read: '2026-11-27',
    checked: "base URL and wire against the vendor page; model and window are the user's own, `ccmux init` reads them",
  },
  llamacpp: {
    ...SERVER,
    id: 'llamacpp',
    label: 'llama.cpp',
    vendor: 'llamacpp',
    baseUrl: 'http://127.0.0.1:8080',
    // A server of one model answers by whatever name it is called.
    models: alone('local-model'),
    source: 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
    read: '2026-11-27',
    checked: "base URL and wire against the vendor page; the window is the user's own setting, `ccmux init` reads it",
  },
} as const satisfies Record<string, CatalogRow>;
