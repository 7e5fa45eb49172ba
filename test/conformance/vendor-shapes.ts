import type { ChatQuirks } from '../simulators/openai-chat-quirks.ts';

/**
 * How each chat vendor of the catalogue streams and what it rejects, as far as it is documented or was recorded
 * (fixtures of the AI SDK's provider packages, public issues).
 */
export const VENDOR_SHAPES: Record<string, Partial<ChatQuirks>> = {
  'openrouter-chat': {
    comments: true,
    reasoningField: 'reasoning',
    errorIn200: 'chunk',
    rejectPdf: true,
    plugins: true,
  },
  groq: {
    wholeCallDeltas: true,
    reasoningField: 'reasoning',
    usagePlace: 'x_groq',
    errorIn200: 'event',
    rejectImages: true,
    rejectPdf: true,
    maxTokensField: 'max_completion_tokens',
  },
  // Nothing is recorded of DeepInfra: it gets what was seen at other hosts of the same open models.
  deepinfra: {
    finishStop: true,
    emptyContinuation: 'id',
    rejectImages: true,
    rejectPdf: true,
    maxTokensField: 'max_tokens',
  },
  cerebras: {
    reasoningField: 'reasoning',
    rejectImages: true,
    rejectPdf: true,
    maxTokensField: 'max_completion_tokens',
    rejectedFields: ['store'],
  },
  mistral: {
    toolIds: 'exactly9',
    rejectUserAfterTool: true,
    noIndex: true,
    finishWithCall: true,
    contentAsArrays: true,
    reasoningField: 'content-array',
    rejectStreamOptions: true,
    imageUrlAsString: true,
    rejectPdf: true,
    maxTokensField: 'max_tokens',
    toolChoiceAny: 'any',
    rejectedFields: ['reasoning_effort', 'store'],
  },
  xai: {
    wholeCallDeltas: true,
    reasoningField: 'reasoning_content',
    rejectPdf: true,
    rejectRemoteImages: true,
    rejectedFields: ['reasoning_effort', 'stop'],
  },
  // Nothing is recorded of Nebius either: DeepSeek's own shape, whose models it serves, and interleaved calls.
  nebius: {
    interleaved: true,
    usageNull: true,
    reasoningField: 'reasoning_content',
    rejectImages: true,
    rejectPdf: true,
    maxTokensField: 'max_tokens',
  },
};
