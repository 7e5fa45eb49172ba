import { expect, it } from 'vitest';
import { z } from 'zod';
import { localServer, ownFolder } from '../../src/config/stores.ts';

it.each([
  ['http://127.0.0.1:8000', true],
  ['http://localhost:8000/', true],
  ['http://[::1]:8000', true],
  ['https://api.trychroma.com', false],
  ['http://192.168.1.20:8000', false],
  ['http://127.0.0.1.example.org:8000', false],
  ['http://user:word@127.0.0.1:8000', false],
  ['http://127.0.0.1:8000/?key=word', false],
  ['8000', false],
])('takes %j for a server on this machine: %s', (url, isOne) => {
  expect(localServer.check(z).safeParse(url).success).toBe(isOne);
  expect(localServer.parse(url).ok).toBe(isOne);
  if (isOne) expect(localServer.read(url)).not.toMatch(/\/$/);
});

it.each([
  ['~/mem0', true],
  ['/opt/mem0', true],
  ['C:\\mem0', true],
  ['mem0', false],
  ['./mem0', false],
  ['../mem0', false],
  ['~other/mem0', false],
  ['', false],
])('takes %j for a folder that is the same in each project: %s', (folder, isOne) => {
  expect(ownFolder.check(z).safeParse(folder).success).toBe(isOne);
  expect(ownFolder.parse(folder).ok).toBe(isOne);
});
