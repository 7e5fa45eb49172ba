import type { TranslationWarning } from '../events.ts';
import type { Memory } from './carry.ts';
import type { Quirks } from './quirks.ts';
import type { Ratio } from './tokens.ts';

/** The dialects that a prompt is shaped for; they differ in what they reject, not in what they mean. */
export type Dialect = 'gemini' | 'responses' | 'chat' | 'anthropic' | 'bedrock';

/** Who a request is translated for, and what that model can take. */
export type Target = {
  /** The provider's id: what it said before is only given back to itself. */
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
  /** Tokens. */
  limits: { contextWindow: number; maxOutput: number };
  memory: Memory;
  ratio: Ratio;
};

/** Told of what translation drops or changes: a short name for it, and a line for a person. */
export type Warn = (what: string, detail: string) => void;

/** Collects warnings, each said once however often it occurs. */
export function createWarnings(list: TranslationWarning[]): Warn {
  const seen = new Set<string>();
  return (what, detail) => {
    const key = `${what}\n${detail}`;
    if (seen.has(key)) return;
    seen.add(key);
    list.push({ what, detail });
  };
}

/** The Gemini models whose thinking is told in tokens; older ones do not think, newer ones are told a level. */
export function isGemini25(model: string): boolean {
  return /gemini-2\.5/i.test(model);
}

/** Gemini 3 and later, by its name; aliases (`gemini-pro-latest`) point at the newest. */
export function isGemini3(model: string): boolean {
  return /gemini-(?![12](?:[.-]|$))/i.test(model);
}
