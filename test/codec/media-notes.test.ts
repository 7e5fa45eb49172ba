import { expect, it } from 'vitest';
import { noteMedia } from '../../src/codec/media-notes.ts';
import type { ContentBlock, MessagesRequest } from '../../src/codec/anthropic.ts';

const image: ContentBlock = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(4096) },
};
const pdf: ContentBlock = { type: 'document', source: { type: 'url', url: 'https://example.com/secret.pdf' } };
const plain: ContentBlock = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } };

const request: MessagesRequest = {
  model: 'claude-sonnet-5-5',
  messages: [
    { role: 'user', content: 'Hello' },
    { role: 'user', content: [image, pdf, plain, { type: 'tool_result', tool_use_id: 't', content: [image] }] },
  ],
};

it('leaves everything to a host that sees everything', () => {
  expect(noteMedia(request, { images: true, pdfs: true })).toEqual({ request, warnings: [] });
  const text = { ...request, messages: request.messages.slice(0, 1) };
  expect(noteMedia(text, { images: false, pdfs: false }).request).toBe(text);
});

it('says what was there, also inside a tool result, and touches nothing else', () => {
  const before = structuredClone(request);
  const { request: noted, warnings } = noteMedia(request, { images: false, pdfs: false });
  const note = '[image (image/png, 3 KB) was here, but it is not shown: this host takes no images]';
  expect(noted.messages[1]!.content).toEqual([
    { type: 'text', text: note },
    { type: 'text', text: '[PDF document (an address) was here, but it is not shown: this host takes no PDFs]' },
    plain,
    { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: note }] },
  ]);
  expect(warnings.map(({ what }) => what)).toEqual(['image', 'pdf']);
  expect(request).toEqual(before);
});

it('leaves what the host can see', () => {
  const { request: noted, warnings } = noteMedia(request, { images: true, pdfs: false });
  expect(noted.messages[1]!.content[0]).toBe(image);
  expect(warnings).toHaveLength(1);
});
