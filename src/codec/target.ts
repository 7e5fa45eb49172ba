import type { TranslationWarning } from '../events.ts';
import type { WebAbility } from '../ground/web.ts';
import type { Memory } from './carry.ts';
import type { Quirks } from './quirks.ts';
import type { Ratio } from './tokens.ts';

/** The dialects of a prompt; they differ in what hosts reject, not in meaning. */
export type Dialect = 'gemini' | 'responses' | 'chat' | 'anthropic' | 'bedrock';

/** The target of a translation, and what its model can take. */
export type Target = {
  /** The provider's id: only this provider gets its reasoning back. */
  provider: string;
  dialect: Dialect;
  /** The key under which the AI SDK's package reads `providerOptions`: `google`, `openai`, `azure`, `openaiCompatible` … */
  optionsName: string;
  model: string;
  capabilities: {
    tools: boolean;
    parallelTools: boolean;
    images: boolean;
    pdfs: boolean;
    toolResultImages: boolean;
  };
  quirks: Quirks;
  /** What the host can do with the web by itself; absent: nothing. */
  web?: WebAbility | 'off' | undefined;
  /** Tokens. */
  limits: { contextWindow: number; maxOutput: number };
  memory: Memory;
  ratio: Ratio;
};

/** Called for what translation drops or changes: a short name, and a line for the user. */
export type Warn = (what: string, detail: string) => void;

/** Collects warnings, each of them once. */
export function createWarnings(list: TranslationWarning[]): Warn {
  const seen = new Set<string>();
  return (what, detail) => {
    const key = `${what}\n${detail}`;
    if (seen.has(key)) return;
    seen.add(key);
    list.push({ what, detail });
  };
}

/** The Gemini models that take a thinking budget in tokens; older ones do not think, newer ones take a level. */
export function isGemini25(model: string): boolean {
  return /gemini-2\.5/i.test(model);
}

/** Gemini 3 and later, by its name; aliases (`gemini-pro-latest`) point at the newest. */
export function isGemini3(model: string): boolean {
  return /gemini-(?![12](?:[.-]|$))/i.test(model);
}
