/**
 * "The conversation is too long" in each vendor's words. Each pattern stands beside a message that it was written for,
 * with the place where the message was read. Where a message names numbers they are kept, in tokens: `sent` is the
 * input, `limit` what fits, `cap` the output that was asked for.
 */
export type TooLongWords = { pattern: RegExp; example: string };

/** Similar words for something else: a limit of tokens over time, which a shorter conversation does not avoid. */
export const NOT_TOO_LONG =
  /\b(?:per[ -](?:second|min|minute|hour|day|week|month)|[TR]P[SMHD]|daily|weekly|monthly)\b|rate.?limit|throttl|too many requests|please wait/i;

export const TOO_LONG: readonly TooLongWords[] = [
  {
    // Anthropic, and hosts that speak its wire (platform docs, errors)
    pattern: /prompt is too long(?:: (?<sent>[\d,]+) tokens > (?<limit>[\d,]+) maximum)?/i,
    example: 'prompt is too long: 210000 tokens > 200000 maximum',
  },
  {
    // Anthropic's older models (platform docs, context windows)
    pattern: /exceed context limit: (?<sent>[\d,]+) \+ (?<cap>[\d,]+) > (?<limit>[\d,]+)/i,
    example:
      'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
  },
  {
    // Fireworks and Ollama's cloud (openclaw/openclaw, overflow tests)
    pattern: /prompt is too long: (?<sent>[\d,]+), model maximum context length: (?<limit>[\d,]+)/i,
    example: 'The prompt is too long: 203557, model maximum context length: 196607',
  },
  {
    // Gemini, 400 INVALID_ARGUMENT (google-gemini/gemini-cli issues)
    pattern: /input token count \((?<sent>[\d,]+)\) exceeds the maximum number of tokens allowed \((?<limit>[\d,]+)\)/i,
    example: 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).',
  },
  {
    // Gemini, 500 INTERNAL (google-gemini/gemini-cli issues)
    pattern: /input context (?:is )?too long/i,
    example: 'An internal error has occurred: your input context is too long. Please reduce your input context.',
  },
  {
    // OpenAI chat, DeepSeek, OpenRouter and most hosts that copy it, context_length_exceeded (langchain-ai/langchain issues)
    pattern:
      /maximum context length is (?<limit>[\d,]+) tokens.*?(?:requested|resulted in|contains|has) (?:about |at least |a total of )?(?<sent>[\d,]+)(?! output)/is,
    example:
      "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (132000 in the messages, 8000 in the completion).",
  },
  {
    // vLLM, where the cap is named as well (vllm-project/vllm, renderers)
    pattern:
      /maximum context length is (?<limit>[\d,]+) tokens. However, you requested (?<cap>[\d,]+) output tokens and your prompt contains (?:at least )?(?<sent>[\d,]+) input tokens/i,
    example:
      "This model's maximum context length is 128000 tokens. However, you requested 65535 output tokens and your prompt contains at least 62466 input tokens, for a total of at least 128001 tokens.",
  },
  {
    // vLLM 0.11 (vllm-project/vllm, serving engine)
    pattern:
      /is too large: (?<cap>[\d,]+)\. This model's maximum context length is (?<limit>[\d,]+) tokens and your request has (?<sent>[\d,]+) input tokens/i,
    example:
      "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 32768 tokens and your request has 29000 input tokens (4096 > 32768 - 29000).",
  },
  {
    // vLLM's input processor
    pattern:
      /prompt \((?:total )?length (?<sent>[\d,]+)\) is (?:longer than the maximum model length of|too long to fit into the model \(context length) (?<limit>[\d,]+)/i,
    example: 'The decoder prompt (length 5951) is longer than the maximum model length of 4096.',
  },
  {
    // SGLang, NVIDIA (sgl-project/sglang issues)
    pattern:
      /exceeds the model's maximum context length of (?<limit>[\d,]+) tokens(?:\. You requested a total of (?<sent>[\d,]+))?/i,
    example:
      "Requested token count exceeds the model's maximum context length of 131072 tokens. You requested a total of 140000 tokens.",
  },
  {
    // hosts behind OpenRouter
    pattern:
      /input length \(?(?<sent>[\d,]+)\)? exceeds (?:the |this )?(?:model's )?(?:maximum|allowed)[\w ]* (?:of |\()?(?<limit>[\d,]+)/i,
    example: "Input length (265330) exceeds model's maximum context length (262144).",
  },
  {
    // Together
    pattern: /input \((?<sent>[\d,]+) tokens\) is longer than the model's context length \((?<limit>[\d,]+) tokens\)/i,
    example: "The input (516368 tokens) is longer than the model's context length (262144 tokens).",
  },
  {
    // OpenAI Responses, 400 context_length_exceeded
    pattern: /exceeds the context window of this model/i,
    example: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
  },
  {
    // xAI
    pattern: /maximum prompt length is (?<limit>[\d,]+) but the request contains (?<sent>[\d,]+) tokens/i,
    example: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
  },
  {
    // xAI since 2026
    pattern: /context window \((?<sent>[\d,]+) tokens > (?<limit>[\d,]+) tokens\)/i,
    example:
      "Failed to start sampling: [input_too_large] The prompt is too long for this model's context window (505759 tokens > 500000 tokens)",
  },
  {
    // Mistral
    pattern:
      /prompt contains (?<sent>[\d,]+) tokens.*?(?:(?:maximum context length|limit) of (?<limit>[\d,]+)|with [\d,]+ maximum context length)/is,
    example:
      'Prompt contains 140000 tokens and 0 draft tokens, too large for model with maximum context length of 131072',
  },
  {
    // Groq, 400 and 413
    pattern: /reduce the length of the messages or completion/i,
    example: 'Please reduce the length of the messages or completion.',
  },
  {
    // Cerebras
    pattern: /current length is (?<sent>[\d,]+) while limit is (?<limit>[\d,]+)/i,
    example: 'Please reduce the length of the messages or completion. Current length is 140000 while limit is 131072',
  },
  {
    // Kimi
    pattern: /exceeded model token limit:? (?<limit>[\d,]+)(?: \(requested: (?<sent>[\d,]+)\))?/i,
    example: 'Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)',
  },
  {
    // Kimi, by bytes
    pattern: /total message size [\d,]+ exceeds limit/i,
    example: 'total message size 2306631 exceeds limit 2097152',
  },
  {
    // MiniMax, code 2013 (MiniMax-AI/MiniMax-M2 issues)
    pattern: /context window exceeds limit/i,
    example: 'invalid params, context window exceeds limit (2013)',
  },
  {
    // z.ai, code 1261 (docs.z.ai, error codes)
    pattern: /(?:^|\[|"code": ?")1261\b|prompt exceeds max length|prompt (?:is )?too long|prompt ?超长/i,
    example: '[1261][Prompt exceeds max length][20260922]',
  },
  {
    // Alibaba (Model Studio, error codes)
    pattern: /range of input length should be \[\d+, (?<limit>[\d,]+)\]/i,
    example: '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]',
  },
  {
    // Volcengine (Ark, error codes)
    pattern: /exceed max message tokens/i,
    example: 'InvalidParameter: Total tokens of image and text exceed max message tokens.',
  },
  {
    // SiliconFlow, code 20015
    pattern: /length of prompt_tokens \((?<sent>[\d,]+)\) must be less than max_seq_len \((?<limit>[\d,]+)\)/i,
    example: 'length of prompt_tokens (140000) must be less than max_seq_len (131072).',
  },
  {
    // Chinese hosts in Chinese
    pattern: /(?:超过|超出).{0,16}(?:上下文|最大长度|长度限制|token ?数)|上下文.{0,8}(?:超长|超限|超出|过长)/i,
    example: '输入内容超过模型最大上下文长度',
  },
  {
    // llama.cpp, exceed_context_size_error
    pattern:
      /request (?:\((?<sent>[\d,]+) tokens\) )?exceeds the available context size(?: \((?<limit>[\d,]+) tokens\))?/i,
    example: 'the request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it',
  },
  {
    // llama-cpp-python
    pattern: /requested tokens \((?<sent>[\d,]+)\) exceed context window of (?<limit>[\d,]+)/i,
    example: 'Requested tokens (11280) exceed context window of 2048',
  },
  {
    // LM Studio
    pattern: /greater than the context length/i,
    example: 'The number of tokens to keep from the initial prompt is greater than the context length',
  },
  {
    // LM Studio, by the overflow policy that is set
    pattern:
      /keep the first (?<sent>[\d,]+) tokens when context.*?context length of only (?<limit>[\d,]+)|reached context length of [\d,]+ tokens/is,
    example:
      'Trying to keep the first 6000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
  },
  {
    // Ollama
    pattern: /prompt too long; exceeded (?:max )?context length/i,
    example: 'prompt too long; exceeded max context length by 4021 tokens',
  },
  {
    // Ollama's runner
    pattern: /input length .*exceeds/i,
    example: 'the input length exceeds the context length',
  },
  {
    // Text Generation Inference, Hugging Face
    pattern:
      /must be <= (?<limit>[\d,]+)\. Given: (?<sent>[\d,]+) `?inputs`? tokens and (?<cap>[\d,]+) `?max_new_tokens`?|`?inputs`? must have less than [\d,]+ tokens/i,
    example:
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 512 `max_new_tokens`',
  },
  {
    // TabbyAPI
    pattern: /prompt length (?<sent>[\d,]+) is greater than max_seq_len (?<limit>[\d,]+)/i,
    example: 'Prompt length 40000 is greater than max_seq_len 32768',
  },
  {
    // DwarfStar
    pattern: /prompt has (?<sent>[\d,]+) tokens, but the configured context size is (?<limit>[\d,]+)/i,
    example: 'Prompt has 256,468 tokens, but the configured context size is 256,000 tokens',
  },
  {
    // Cloudflare Workers AI, 413
    pattern: /output tokens \((?<sent>[\d,]+)\) exceeded this model context window limit \((?<limit>[\d,]+)\)/i,
    example:
      '5021: The estimated number of input and maximum output tokens (155740) exceeded this model context window limit (128000).',
  },
  {
    // GitHub Copilot
    pattern: /token count of (?<sent>[\d,]+) exceeds the limit of (?<limit>[\d,]+)/i,
    example: 'prompt token count of 240000 exceeds the limit of 200000',
  },
  {
    // Cohere
    pattern: /number of tokens in the prompt cannot exceed (?<limit>[\d,]+)(?: - received (?<sent>[\d,]+))?/i,
    example: 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.',
  },
  {
    // Amazon Bedrock, ValidationException
    pattern: /input is too long for requested model|input tokens exceeded/i,
    example: 'Input is too long for requested model.',
  },
  {
    // Bedrock's hosts of other models
    pattern:
      /too many (?:input )?tokens(?:\. Max input tokens: (?<limit>[\d,]+), request input token count: (?<sent>[\d,]+))?/i,
    example: 'Too many input tokens. Max input tokens: 128000, request input token count: 140000',
  },
  {
    // OpenAI, for a single text of more than ten million characters
    pattern: /string_above_max_length/i,
    example: 'string_above_max_length',
  },
  {
    // gateways with a limit of their own
    pattern: /input tokens exceed the configured limit of (?<limit>[\d,]+)/i,
    example: 'Input tokens exceed the configured limit of 192000 tokens.',
  },
  {
    // Perplexity and others whose words are not known: what is too long, and what it is too long for
    pattern:
      /\b(?:prompt|inputs?|messages?|conversation|request|context|tokens)\b[^.]{0,60}?\b(?:too (?:long|large|big)|exceed(?:s|ed|ing)?|longer than|larger than|greater than|over|above)\b[^.]{0,60}?\b(?:context|token limit|(?:max(?:imum)?|model)[ _](?:(?:input|prompt|sequence|model|message|allowed)[ _])*(?:length|len|tokens?))\b/i,
    example: 'The conversation is too long for the context of this model',
  },
  {
    // hosts that say no more than a word
    pattern:
      /context[ _](?:length|window|size|limit)[ _](?:is |was |has been )?(?:exceeded|overflow|reached|full)|maximum context (?:length|size|window)|token limit exceeded|prompt_too_long|input_too_large|out_?of_?context/i,
    example: '{"error":{"code":"context_length_exceeded"}}',
  },
];
