/** The client of the measurements: asks as Claude Code does, and looks at the clock. */
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true });

const TOOLS = [{ name: 'Read', description: 'Reads a file', input_schema: { type: 'object', properties: {} } }];
const WORDS = 'The quick brown fox jumps over the lazy dog. ';

/** A request's body of about this many bytes. */
export function bodyOf(bytes: number): Buffer {
  const count = Math.ceil(bytes / 20_000) | 1;
  const size = Math.round(bytes / count);
  const text = WORDS.repeat(Math.ceil(size / WORDS.length)).slice(0, size);
  const messages = Array.from({ length: count }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: [{ type: 'text', text }],
  }));
  const request = { model: 'claude-opus-5-5', max_tokens: 1_000, messages, tools: TOOLS, stream: true };
  return Buffer.from(JSON.stringify(request));
}

export type Answer = { status: number; firstMs: number; text: string; delaysMs: number[] };

/** @param wanted what the upstream is to do (`x-bench`). */
export function ask(base: string, body: Buffer, wanted = '0', path = '/v1/messages?beta=true'): Promise<Answer> {
  const startedAt = performance.now();
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'anthropic-version': '2023-06-01',
    'x-api-key': 'sk-ant-api03-bench',
    'x-claude-code-session-id': 'bench',
    'x-claude-code-request-class': 'main',
    'x-bench': wanted,
  };
  return new Promise((resolve, reject) => {
    const request = http.request(base + path, { method: 'POST', agent, headers }, (response) => {
      const answer: Answer = { status: response.statusCode!, firstMs: 0, text: '', delaysMs: [] };
      response.setEncoding('utf8').on('data', (chunk: string) => {
        answer.firstMs ||= performance.now() - startedAt;
        answer.text += chunk;
        const now = process.hrtime.bigint();
        for (const [, at] of chunk.matchAll(/at (\d+)"/g)) answer.delaysMs.push(Number(now - BigInt(at!)) / 1e6);
      });
      response.on('end', () => resolve(answer)).on('error', reject);
    });
    request.on('error', reject).end(body);
  });
}

export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
