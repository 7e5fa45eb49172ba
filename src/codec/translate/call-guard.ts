import { isRecord } from '../../ground/check.ts';
import { parseJson } from '../json.ts';
import { stringsOf, type Fields } from './normalise-chunk.ts';

/** A call as far as it was streamed. */
type Streamed = { id: string | undefined; index: number | undefined; name: string; json: string };

/**
 * The tool calls of one chat stream, cleaned delta by delta, so that each runs once with its own arguments:
 * - Gateways that rebuild a stream (seen with Bedrock and Gemini behind them) say a finished call again at its end,
 *   under the same id: it is left out. Another call under that id is another call.
 * - `{}` in front of the arguments is a place holder: Anthropic's own `input: {}`, passed on.
 */
export function createCallGuard(): {
  take(call: Fields): Fields[];
  /** The stream has ended: what was held back comes now. */
  end(): Fields[];
} {
  const calls: Streamed[] = [];
  /** A call under the id of a complete call: its arguments show whether it is new. */
  let held: { delta: Fields; streamed: Streamed } | undefined;

  function take(call: Fields): Fields[] {
    const delta = cleanCall(call);
    const { id, index } = delta as { id?: string; index?: number };
    const { name = '', arguments: json = '' } = delta['function'] as { name?: string; arguments?: string };
    if (held && (name === '' || id === held.streamed.id) && (index ?? held.streamed.index) === held.streamed.index) {
      held.streamed.json += json;
      return isWhole(held.streamed.json) ? end() : [];
    }
    const before = end();
    const said = { id, index, name, json };
    const complete = calls.find((other) => id !== undefined && other.id === id && isWhole(other.json));
    if (!complete || (name !== '' && name !== complete.name) || isFilled(complete, said))
      return [...before, follow(delta, said)];
    held = { delta, streamed: { ...said, name: complete.name } };
    return isWhole(json) ? [...before, ...end()] : before;
  }

  function follow(delta: Fields, said: Streamed): Fields {
    const called = delta['function'] as Fields;
    const owner = ownerOf(said);
    if (owner === undefined) calls.push(said);
    else owner.json = owner.json === '{}' ? said.json : owner.json + said.json;
    if (said.json === '{}' && (owner === undefined || owner.json === '{}')) called['arguments'] = '';
    // The real arguments behind a place holder, with the name said again: the same call goes on.
    else if (owner !== undefined && said.name !== '' && owner.json === said.json) delete called['name'];
    return delta;
  }

  /** The call that a delta goes on with, undefined for one that begins a call. */
  function ownerOf({ id, index, name, json }: Streamed): Streamed | undefined {
    const owner =
      calls.findLast((call) => id !== undefined && call.id === id && (index ?? call.index) === call.index) ??
      calls.findLast((call) => (id === undefined || call.id === undefined) && (index ?? call.index) === call.index);
    if (owner === undefined || (name !== '' && owner.name !== name)) return undefined;
    return name !== '' && json.trimStart().startsWith('{') && isWhole(owner.json) && owner.json !== '{}'
      ? undefined
      : owner;
  }

  function end(): Fields[] {
    if (held === undefined) return [];
    const { delta, streamed } = held;
    held = undefined;
    const isEmpty = streamed.json.trim() === '' || streamed.json === '{}';
    if (isEmpty || calls.some((call) => call.id === streamed.id && isSame(call, streamed))) return [];
    calls.push(streamed);
    return [{ ...delta, function: { name: streamed.name, arguments: streamed.json } }];
  }

  return { take, end };
}

function cleanCall(call: Fields): Fields {
  const said: Fields = isRecord(call['function']) ? call['function'] : {};
  const { arguments: given } = said;
  const index = call['index'];
  // A continuation with an empty name (GLM by way of Mistral) or an empty id (Qwen).
  const name = typeof said['name'] === 'string' && said['name'] !== '' ? said['name'] : undefined;
  const id = typeof call['id'] === 'string' && call['id'] !== '' ? call['id'] : undefined;
  // Arguments as an object, whole.
  const json = typeof given === 'object' && given !== null ? JSON.stringify(given) : given;
  return {
    ...(typeof index === 'number' && { index }),
    ...(typeof index === 'string' && /^\d+$/.test(index) && { index: Number(index) }),
    ...(id !== undefined && { id }),
    type: 'function',
    function: { ...(name !== undefined && { name }), ...(typeof json === 'string' && { arguments: json }) },
    ...signatureOf(call),
  };
}

/** Gemini's signature on its OpenAI-compatible endpoint. */
function signatureOf(call: Fields): Fields {
  const extra = isRecord(call['extra_content']) ? call['extra_content'] : {};
  const google = isRecord(extra['google']) ? stringsOf(extra['google'], ['thought_signature']) : {};
  return Object.keys(google).length > 0 ? { extra_content: { google } } : {};
}

/** The real arguments of a call that has only its place holder so far. */
function isFilled(call: Streamed, said: Streamed): boolean {
  return call.json === '{}' && said.json !== '{}' && (said.index ?? call.index) === call.index;
}

function isWhole(json: string): boolean {
  return json.trimEnd().endsWith('}') && isRecord(parseJson(json));
}

function isSame(one: Streamed, other: Streamed): boolean {
  return one.name === other.name && sorted(parseJson(one.json)) === sorted(parseJson(other.json));
}

/** A value's JSON with the keys of its objects in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
