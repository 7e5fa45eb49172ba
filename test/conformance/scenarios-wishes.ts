import { expect } from 'vitest';
import { askWell, requestOf } from './ask.ts';
import { call, say, script, UNTOUCHED, type Scenario } from './scenario.ts';
import type { Host } from './host.ts';
import type { MessagesRequest } from '../../src/codec/anthropic.ts';

/** What the client asks for beside the conversation itself, each in the vendor's own words. */
export const WISHES: Scenario[] = [
  {
    name: 'tool_choice any',
    run: (host) =>
      choose(
        host,
        { type: 'any' },
        { own: 'any', adapted: 'any', chat: anyWord(host), responses: 'required', gemini: 'ANY' },
      ),
  },
  {
    name: 'tool_choice tool',
    run: (host) =>
      choose(
        host,
        { type: 'tool', name: 'Bash' },
        { own: 'Bash', adapted: 'Bash', chat: 'Bash', responses: 'Bash', gemini: 'Bash' },
      ),
  },
  {
    name: 'tool_choice none',
    run: (host) =>
      choose(host, { type: 'none' }, { own: 'none', adapted: 'none', chat: 'none', responses: 'none', gemini: 'NONE' }),
  },
  {
    name: 'no parallel tools',
    async run(host) {
      script(host, call({ name: 'Read', input: {} }));
      const choice = { type: 'auto', disable_parallel_tool_use: true } as const;
      const { sent } = await askWell(host, requestOf({ tool_choice: choice }));
      if (host.wire === 'gemini') return 'Gemini has no such wish; the request is taken';
      if (host.provider.translated) expect(sent!.json.parallel_tool_calls).toBe(false);
      else expect(sent!.json.tool_choice).toMatchObject(choice);
      return undefined;
    },
  },
  {
    name: 'effort',
    async run(host) {
      script(host, say('Thought hard.'));
      const { sent } = await askWell(host, requestOf({ output_config: { effort: 'max' } }));
      const { effort = 'none', effortLevels = ['low', 'medium', 'high'] } = host.row.quirks;
      if (!host.provider.translated) expect(sent!.json.output_config).toEqual({ effort: 'max' });
      else if (host.wire === 'gemini')
        expect(String(sent!.json.generationConfig.thinkingConfig.thinkingLevel).toLowerCase()).toBe('high');
      else {
        const level = host.wire === 'responses' ? sent!.json.reasoning?.effort : sent!.json.reasoning_effort;
        expect(level).toBe(effort === 'none' ? undefined : effortLevels.at(-1));
      }
    },
  },
  {
    name: 'max_tokens clamped',
    async run(host) {
      if (host.wire === 'own') return UNTOUCHED;
      script(host, say('Long.'));
      const { sent, model, warnings } = await askWell(host, requestOf({ max_tokens: 128_000 }));
      expect(warnings.map(({ what }) => what)).not.toContain('max_tokens');
      const field = host.row.quirks.maxTokensField ?? 'max_tokens';
      const cap =
        {
          gemini: sent!.json.generationConfig?.maxOutputTokens,
          responses: sent!.json.max_output_tokens,
          chat: sent!.json[field],
        }[host.wire as string] ?? sent!.json.max_tokens;
      expect(cap).toBe(Math.min(128_000, host.provider.limitsOf(model).maxOutput));
      return undefined;
    },
  },
  {
    name: 'long tool names',
    async run(host) {
      const names = ['first', 'second'].map(
        (end) => `mcp__a_server_with_a_rather_long_name__and_a_tool_whose_name_is_longer_still_${end}`,
      );
      const tools = names.map((name) => ({
        name,
        description: 'Long.',
        input_schema: { type: 'object', properties: {} },
      }));
      script(host, ({ facts }) => call(...facts.toolNames.map((name) => ({ name, input: {} }))));
      const asked = await askWell(host, requestOf({ tools }));
      expect(asked.calls.map(({ name }) => name)).toEqual(names);
    },
  },
  {
    name: 'count_tokens',
    async run(host) {
      const { body } = await askWell(host, requestOf(), { stream: false, path: '/v1/messages/count_tokens?beta=true' });
      expect(body.input_tokens).toBeGreaterThan(100);
    },
  },
];

function anyWord(host: Host): string {
  return host.row.quirks.toolChoiceAny ?? 'required';
}

async function choose(
  host: Host,
  tool_choice: NonNullable<MessagesRequest['tool_choice']>,
  words: Partial<Record<Host['wire'], string>>,
): Promise<void> {
  script(host, tool_choice.type === 'none' ? say('No tool.') : call({ name: 'Bash', input: {} }));
  const { sent } = await askWell(host, requestOf({ tool_choice }));
  const told = host.wire === 'gemini' ? sent!.json.toolConfig : sent!.json.tool_choice;
  // No tools at all is as good a way to say that none may be called.
  if (tool_choice.type === 'none' && told === undefined) expect(sent!.json.tools).toBeUndefined();
  else expect(JSON.stringify(told)).toContain(`"${words[host.wire]}"`);
}
