import { request as httpRequest } from 'node:http';
import { createParser } from 'eventsource-parser';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/events.ts';
import type { Change } from '../../src/page/data.ts';
import { serveLivePage, type LivePage } from '../helpers/live-page.ts';
import { buildPage } from '../helpers/page-build.ts';
import { longSession, sampleEvents, sampleLive, sampleSummary } from '../helpers/sample-session.ts';

type Message = { event: string; data: string };

/** Listens to the event stream until `wanted` says that it has heard enough. */
async function listen(url: string, wanted: (heard: Message[]) => boolean): Promise<Message[]> {
  const heard: Message[] = [];
  const aborted = new AbortController();
  const response = await fetch(`${url}events`, { signal: aborted.signal });
  const parser = createParser({
    onEvent: ({ event = '', data }) => heard.push({ event, data }),
  });
  const text = new TextDecoder();
  for await (const chunk of response.body!) {
    parser.feed(text.decode(chunk, { stream: true }));
    if (wanted(heard)) break;
  }
  aborted.abort();
  return heard;
}

function ending(exchange: number): EventBody {
  return { type: 'exchange-end', exchange, outcome: 'answered', provider: 'claude', totalMs: 1000 };
}

describe('the page’s routes', () => {
  let served: LivePage;
  beforeAll(buildPage);
  beforeEach(async () => {
    served = await serveLivePage(sampleLive(sampleSummary(sampleEvents())));
  });
  afterEach(() => served.close());

  const use = (headers: Record<string, string>, body: string) => post('use', headers, body);
  const post = (path: string, headers: Record<string, string>, body: string) =>
    new Promise<{ status: number; body: unknown }>((resolve, reject) => {
      const request = httpRequest(`${served.url}${path}`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
      });
      request.on('error', reject);
      request.end(body);
    });
  const json = { 'content-type': 'application/json' };
  const gemini = JSON.stringify({ provider: 'gemini', only: true });

  it('give all sessions of the last days, kept by nobody', async () => {
    const response = await fetch(`${served.url}history`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ total: { sessions: 2 }, unreadable: 1 });
  });

  it('serve the page under a policy that allows nothing but itself', async () => {
    const response = await fetch(served.url);
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'; .*connect-src 'self'; frame-ancestors 'none'$/,
    );
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(html).not.toContain('<b>and</b>');
  });

  it('tell the state as JSON', async () => {
    const state = (await (await fetch(`${served.url}status`)).json()) as { serving: string };
    expect(state.serving).toBe('claude');
  });

  it('know no other path or method', async () => {
    expect((await fetch(`${served.url}other`)).status).toBe(404);
    expect((await fetch(`${served.url}use`)).status).toBe(404);
    expect((await fetch(served.url, { method: 'DELETE' })).status).toBe(404);
  });

  it('do what `ccmux use` does, for the page and for a client that holds the token', async () => {
    const origin = new URL(served.url).origin;
    const page = await use({ ...json, origin, 'sec-fetch-site': 'same-origin' }, gemini);
    expect(page).toMatchObject({ status: 200, body: { steer: { provider: 'gemini', only: true } } });
    expect((await use(json, JSON.stringify({ provider: 'auto' }))).status).toBe(200);
    expect(served.uses).toEqual([
      { provider: 'gemini', only: true },
      { provider: 'auto', only: false },
    ]);
  });

  it('do what `ccmux allow` does', async () => {
    expect(await post('allow', json, gemini)).toMatchObject({ status: 200, body: { allowed: ['gemini'] } });
    expect(served.allows).toEqual(['gemini']);
    expect((await post('explain', json, '{"prompt":"hello"}')).body).toEqual({ text: 'about: hello' });
    expect((await post('explain', json, 'no JSON')).body).toEqual({ text: 'about: ' });
    const { body } = await post('forbid', json, '{}');
    expect(body).not.toHaveProperty('allowed');
  });

  it.each([
    [409, false],
    [403, true],
  ])('pass on with %i why a consent cannot be', async (status, fromProgram) => {
    served.refuse('it cannot be.', { fromProgram });
    expect(await post('allow', json, gemini)).toEqual({ status, body: { error: 'it cannot be.' } });
  });

  it.each<[string, Record<string, string>, string, number]>([
    ['another site', { ...json, origin: 'https://example.com' }, gemini, 403],
    ['another port of this machine', { ...json, origin: 'http://127.0.0.1:1' }, gemini, 403],
    ['an unnamed origin from elsewhere', { ...json, 'sec-fetch-site': 'cross-site' }, gemini, 403],
    ['a form', { 'content-type': 'text/plain' }, gemini, 400],
    ['no JSON', json, '{', 400],
    ['null', json, 'null', 400],
    ['no provider', json, '{"only": true}', 400],
    ['far too much', json, JSON.stringify({ provider: 'x'.repeat(5000) }), 400],
  ])('refuse %s', async (_name, headers, body, status) => {
    expect((await use(headers, body)).status).toBe(status);
    expect((await post('allow', headers, body)).status).toBe(status);
    if (status === 403) expect((await post('forbid', headers, '{}')).status).toBe(status);
    expect(served.uses).toEqual([]);
    expect(served.allows).toEqual([]);
  });

  it('pass a refusal on', async () => {
    served.refuse('there is no provider "gemni"; did you mean gemini?');
    expect(await use(json, gemini)).toEqual({
      status: 409,
      body: { error: 'there is no provider "gemni"; did you mean gemini?' },
    });
  });

  it('stream the whole state first, then only what changed', async () => {
    const summary = sampleSummary(longSession(5000));
    served.become(sampleLive(summary), ending(5000));
    let told = false;
    const heard = await listen(served.url, (messages) => {
      if (messages.length === 1 && !told) {
        told = true;
        const more = { ...summary.responses.at(-1)!, exchange: 5001 };
        served.become(sampleLive({ ...summary, responses: [...summary.responses, more] }), ending(5001));
      }
      return messages.length === 2;
    });
    expect(heard.map(({ event }) => event)).toEqual(['state', 'change']);
    const change = JSON.parse(heard[1]!.data) as Change;
    expect(change.responses.map(({ exchange }) => exchange)).toEqual([5001]);
    expect(change.failures).toEqual({ from: summary.failures.length, items: [] });
    expect(heard[1]!.data.length).toBeLessThan(6000);
    expect(heard[0]!.data.length).toBeGreaterThan(1_000_000);
  });

  it('put a burst of events into one message', async () => {
    let told = false;
    const heard = await listen(served.url, (messages) => {
      if (messages.length === 1 && !told) {
        told = true;
        for (let exchange = 1; exchange <= 20; exchange += 1) served.bus.emit(ending(exchange));
      }
      return messages.length === 2;
    });
    const change = JSON.parse(heard[1]!.data) as Change;
    expect(change.responses.map(({ exchange }) => exchange)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  it('tell the end at once, and end the stream when the session closes the page', async () => {
    const ended = sampleLive(sampleSummary(sampleEvents({ ended: true })));
    let told = false;
    const heard = await listen(served.url, (messages) => {
      if (messages.length === 1 && !told) {
        told = true;
        served.become(ended, { type: 'session-end', exitCode: 0 });
        served.hangUp();
      }
      return false;
    });
    expect(heard.map(({ event }) => event)).toEqual(['state', 'change']);
    expect((JSON.parse(heard[1]!.data) as Change).rest.summary.exitCode).toBe(0);
  });
});
