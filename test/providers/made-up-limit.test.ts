import { expect, it } from 'vitest';
import { withMadeUpLimits } from '../../src/providers/made-up-limit.ts';
import type { Provider, ProviderRequest, Reply } from '../../src/providers/provider.ts';

function provider(id: string, statuses: number[]) {
  const asked: string[] = [];
  const send = async ({ path }: ProviderRequest) => {
    asked.push(path);
    return { status: statuses.shift() ?? 200, rawHeaders: [], warnings: [] } as unknown as Reply;
  };
  return { asked, provider: { id, modelFor: () => 'large', send } as unknown as Provider };
}

const request = (path: string, tools: object[] = [{}]) =>
  ({ path, parsed: () => ({ model: 'claude', messages: [], tools }) }) as unknown as ProviderRequest;

it('answers one step of the work, what is no step always, and then no step any more', async () => {
  const { asked, provider: real } = provider('gemini', [500]);
  const other = provider('groq', []);
  const [limited, free] = withMadeUpLimits([real, other.provider], ['gemini', '']);
  expect(free).toBe(other.provider);
  const statusOf = async (path: string, tools?: object[]) => (await limited!.send(request(path, tools))).status;
  // A failure of the host's own is no step.
  expect(await statusOf('/v1/messages')).toBe(500);
  expect(await statusOf('/v1/messages?beta=true')).toBe(200);
  expect(await statusOf('/v1/messages/count_tokens')).toBe(200);
  expect(await statusOf('/v1/messages', [])).toBe(200);
  const reply = await limited!.send(request('/v1/messages'));
  expect(reply).toMatchObject({ status: 429, rawHeaders: expect.arrayContaining(['retry-after', '3600']) });
  expect(asked).toHaveLength(4);
});
