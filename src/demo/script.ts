/**
 * The script of a simulated provider: steps, the same for every wire. A wire turns an `answer` into its own events;
 * errors, cuts and silences are the server's work.
 */

type ToolCall = { name: string; input: unknown };

type SimulatedUsage = { input: number; output: number; cacheRead?: number; cacheWrite?: number };

/**
 * A web search of the provider's own: each query is a search of its own, and the text cites every result. Whoever was not
 * given the tool has not searched.
 */
export type SimulatedSearch = { queries: string[]; results: { title: string; url: string }[] };

/** How an answer travels; every part of it is optional. */
export type Delivery = {
  /** Waits this long before the response's headers. */
  delayMs?: number;
  /** Waits this long before each event of a stream. */
  chunkDelayMs?: number;
  /** Cuts the bytes of the response into pieces of this size, through characters and events alike. */
  chunkBytes?: number;
  /** Compresses the response, flushing after each event, when the client accepts it. */
  encoding?: 'gzip' | 'br';
  /** Added to the wire's own headers; wins over them. */
  headers?: Record<string, string>;
};

export type AnswerStep = Delivery & {
  type: 'answer';
  text?: string;
  /** Thoughts in front of the answer, signed the way the wire signs them. */
  thinking?: string;
  toolCalls?: ToolCall[];
  /** What the provider's own web search found before the text was written. */
  search?: SimulatedSearch;
  usage?: SimulatedUsage;
  /** The wire's finish reason; left out, it follows from the content. */
  stopReason?: string;
};

export type ErrorStep = {
  type: 'error';
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  delayMs?: number;
};

export type Step =
  | AnswerStep
  | ErrorStep
  /** An error inside a 200, before or after the answer's first content. `error` is the wire's own error object. */
  | { type: 'stream-error'; afterContent: boolean; error: unknown; answer?: AnswerStep }
  /** The socket is destroyed inside a 200, before or after the answer's first content. */
  | { type: 'cut'; afterContent: boolean; answer?: AnswerStep }
  /** The stream ends without an error, but also without its closing events. */
  | { type: 'end-early'; answer?: AnswerStep }
  /** The socket is destroyed before any header. */
  | { type: 'refuse' }
  /** Nothing, for ever. */
  | { type: 'hang' }
  /** Headers at once, then nothing for `ms`, then the answer. */
  | { type: 'silence'; ms: number; answer: AnswerStep }
  /** Exactly these bytes: a vendor's recorded shape. */
  | (Delivery & { type: 'raw'; status?: number; contentType?: string; chunks: string[] });

/** One request as a simulator received it. */
export type SimulatedRequest = {
  method: string;
  /** Path and query. */
  url: string;
  rawHeaders: string[];
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
  /** The parsed body; undefined where it was not JSON. */
  json: any;
  /** Epoch milliseconds. */
  at: number;
  /** What the wire read from the body; zero values for requests that ask for no answer. */
  facts: Facts;
};

/** What a request asks, in terms that every wire has. */
export type Facts = {
  model: string;
  stream: boolean;
  /** True for what the client asks for its own purposes: the quota probe, a title. These never take a step of a list. */
  side: boolean;
  /** The text of the last thing the user typed, without the client's reminders. */
  userText: string;
  /** How many things the user has typed in this conversation: 1 in the first turn. */
  turn: number;
  /** The results of the tools called in the last step, as text; empty where the user's own words came last. */
  toolResults: string[];
  /** How many steps of tool calls have been answered since the user last typed. */
  stepInTurn: number;
  toolNames: string[];
};

/**
 * Steps, taken one by one by the requests that are not side requests, or a function that looks at the request.
 * A function that returns undefined leaves the answer to the simulator's default, a short text.
 */
export type Script = Step[] | ((request: SimulatedRequest) => Step | undefined);

/** A turn of the conversation, by either side, for `readFacts`. */
export type Said = { by: 'user' | 'model' | 'tools'; text: string };

const REMINDER = /<system-reminder>[\s\S]*?<\/system-reminder>\s*/g;

/** The conversation's state, from its messages in order; every wire lists them in its own way. */
export function readFacts(said: Said[]): Pick<Facts, 'userText' | 'turn' | 'toolResults' | 'stepInTurn'> {
  let userText = '';
  let turn = 0;
  let stepInTurn = 0;
  let toolResults: string[] = [];
  let previous: Said['by'] | undefined;
  for (const { by, text } of said) {
    if (by === 'tools') {
      if (previous !== 'tools') stepInTurn += 1;
      toolResults = previous === 'tools' ? [...toolResults, text] : [text];
    } else if (by === 'user') {
      const typed = text.replace(REMINDER, '').trim();
      // A reminder after tool results, or beside them, is not the user's word.
      if (typed === '') continue;
      if (previous === 'user') userText += `\n${typed}`;
      else {
        turn += 1;
        userText = typed;
      }
      stepInTurn = 0;
      toolResults = [];
    }
    previous = by;
  }
  return { userText, turn, toolResults, stepInTurn };
}

export const answer = (text: string, more: Omit<AnswerStep, 'type' | 'text'> = {}): AnswerStep => ({
  type: 'answer',
  text,
  ...more,
});

export const callTool = (
  name: string,
  input: unknown,
  more: Omit<AnswerStep, 'type' | 'toolCalls'> = {},
): AnswerStep => ({
  type: 'answer',
  toolCalls: [{ name, input }],
  ...more,
});

/** Text in pieces of some words, the way models stream. */
export function pieces(text: string, size = 24): string[] {
  const characters = Array.from(text);
  const parts: string[] = [];
  for (let start = 0; start < characters.length; start += size)
    parts.push(characters.slice(start, start + size).join(''));
  return parts;
}
