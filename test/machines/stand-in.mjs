#!/usr/bin/env node
// In the place of `claude` (this-system.mjs): says what it was started with, asks one question, and ends with a status of its own.
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
const { ANTHROPIC_BASE_URL, NO_PROXY, STAND_IN_OUT } = process.env;
writeFileSync(STAND_IN_OUT, JSON.stringify({ arguments: process.argv.slice(2), withoutProxy: NO_PROXY }));
const body = JSON.stringify({
  model: 'claude-sonnet-5',
  max_tokens: 9,
  messages: [{ role: 'user', content: 'hello' }],
});
const headers = {
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
  'x-api-key': 'key-of-claude',
  'user-agent': 'claude-cli/2.1.330 (external, cli)',
  'x-claude-code-session-id': 'one',
};
request(ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', headers }, (response) => {
  response.pipe(process.stdout);
  response.on('end', () => (process.exitCode = 7));
}).end(body);
