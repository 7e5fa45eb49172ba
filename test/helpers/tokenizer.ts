import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { ContentBlock, MessagesRequest } from '../../src/codec/anthropic.ts';

/** OpenAI's own count (o200k) of the text that an estimate is made of. */
export function realTokens(request: MessagesRequest): number {
  const texts: string[] = [];
  const blocks = (content: string | ContentBlock[] | undefined): void => {
    if (typeof content === 'string') texts.push(content);
    else
      for (const block of content ?? []) {
        if (block.type === 'text') texts.push(String(block['text']));
        else if (block.type === 'tool_use') texts.push(String(block['name']), JSON.stringify(block['input']));
        else if (block.type === 'tool_result') blocks(block['content'] as string);
      }
  };
  blocks(request.system);
  for (const message of request.messages) blocks(message.content);
  for (const tool of request.tools ?? [])
    texts.push(tool.name, tool.description ?? '', JSON.stringify(tool.input_schema));
  return texts.reduce((sum, text) => sum + countTokens(text), 0);
}
