/** A full cast for an end-to-end test: a simulated Claude, fallbacks of each kind, and a place configured for them. */
import { startAnthropic } from '../../src/demo/anthropic.ts';
import { GEMINI_KEY, startGemini } from '../../src/demo/gemini.ts';
import type { ChatQuirks } from '../simulators/openai-chat-quirks.ts';
import { startOpenaiChat } from '../simulators/openai-chat.ts';
import { OPENAI_KEY, startOpenaiResponses } from '../simulators/openai-responses.ts';
import type { Script, Step } from '../../src/demo/script.ts';
import type { Rejection, Simulator } from '../../src/demo/server.ts';
import { startAnthropicItself } from './anthropic-itself.ts';
import { makePlace, type Place } from './claude.ts';
import { closing } from './closing.ts';

export type Cast = {
  claude: Simulator;
  gemini: Simulator;
  openai: Simulator;
  /** An OpenAI-compatible host of the user's own. */
  chat: Simulator;
  /** An Anthropic-compatible host of the user's own. */
  relay: Simulator;
  place: Place;
  /** What any simulator rejected as malformed, with its words: empty at the end of a good test. */
  rejections(): { status: number; body: unknown }[];
};

const RELAY_KEY = 'sk-ant-of-the-compatible-host';

/**
 * @param options.order who may answer, Claude first; a script for each of them, more of ccmux's configuration, and
 * what `makePlace` takes.
 */
export async function makeCast(
  options: {
    order?: string[];
    claude?: Script;
    gemini?: Script;
    openai?: Script;
    chat?: Script;
    relay?: Script;
    quirks?: Partial<ChatQuirks>;
    settings?: string;
    /** `apiKey` of the Anthropic-compatible host, as a file has it. */
    relayKey?: string;
    /** Claude is reached at Anthropic's own address (see `anthropic-itself.ts`), else at a gateway on loopback. */
    anthropicItself?: boolean;
  } & Omit<Parameters<typeof makePlace>[0], 'baseUrl' | 'ccmux'> = {},
): Promise<Cast> {
  const script = (given: Script | undefined) => (given ? { script: given } : {});
  const itself = options.anthropicItself ? await startAnthropicItself(script(options.claude)) : undefined;
  const [claude, gemini, openai, chat, relay] = await Promise.all([
    itself?.claude ?? startAnthropic(script(options.claude)),
    startGemini(script(options.gemini)),
    startOpenaiResponses(script(options.openai)),
    startOpenaiChat({ ...script(options.chat), ...(options.quirks && { quirks: options.quirks }) }),
    startAnthropic({ ...script(options.relay), keys: [RELAY_KEY], dialect: 'compatible' }),
  ]);
  const all = [claude, gemini, openai, chat, relay].map(closing);
  const place = makePlace({
    ...options,
    ...(!itself && { baseUrl: claude.url }),
    env: {
      ...itself?.env,
      GEMINI_API_KEY: GEMINI_KEY,
      OPENAI_API_KEY: OPENAI_KEY,
      CHAT_KEY: OPENAI_KEY,
      RELAY_KEY,
      ...options.env,
    },
    ccmux: `order: [${(options.order ?? ['claude', 'gemini']).join(', ')}]
${options.settings ?? ''}
providers:
  gemini: { baseUrl: '${gemini.url}/v1beta', price: { input: 2, output: 10 } }
  openai: { baseUrl: '${openai.url}/v1' }
  chat:
    kind: openai-compatible
    baseUrl: '${chat.url}/v1'
    apiKey: \${CHAT_KEY}
    models: { default: chat-large }
    contextWindow: 400000
    maxOutput: 65536
    images: true
    pdfs: true
  relay:
    kind: anthropic
    baseUrl: '${relay.url}'
    apiKey: ${options.relayKey ?? '${RELAY_KEY}'}
    models: { default: claude-compatible }
    contextWindow: 400000
    images: true
    pdfs: true
`,
  });
  return {
    claude,
    gemini,
    openai,
    chat,
    relay,
    place,
    rejections: () =>
      all
        .flatMap((one) => one.rejections)
        // What an organisation has not set is a 404, and no fault of anybody.
        // Nor is the question without a key, which shows that a host asks for one (`providers/key-check.ts`).
        .filter(({ request }) => !request.url.startsWith('/api/') && !/\/models(\?|$)/.test(request.url))
        .map(({ status, body }: Rejection) => ({ status, body })),
  };
}

/** When a test's limits reset: far enough away never to come. */
export const inAnHour = () => Date.now() + 3_600_000;

/** No hiccup: as often as a provider is asked before the next one is (`failover.retries`). */
export const outage = (step: Step): Step[] => [step, step, step];
