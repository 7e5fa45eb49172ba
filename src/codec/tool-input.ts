import { isRecord } from '../ground/check.ts';
import { parseJson } from './json.ts';

/**
 * The arguments of a tool call as valid JSON, or undefined if they cannot be repaired. Only faults of form are repaired
 * (a fence, a trailing comma, a raw newline, missing or surplus brackets, double encoding, repetition, a leading `{}`);
 * a cut string is not closed: half a file must not be written as if it were whole.
 */
export function toToolInput(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  for (const attempt of [text, unfence(text)]) {
    const input = toRecord(parseJson(attempt));
    if (input !== undefined) return input;
  }
  return onlyInput(mend(unfence(text)));
}

/** Some hosts encode the arguments two or three times: then they are a string that holds JSON. */
function toRecord(value: unknown, depth = 0): Record<string, unknown> | undefined {
  if (value === null) return {};
  if (typeof value === 'string' && depth < 3) return toRecord(parseJson(value), depth + 1);
  return isRecord(value) ? value : undefined;
}

/**
 * Several values in a row are a placeholder and the real arguments, or a repetition. Two different ones cannot be run.
 */
function onlyInput(values: string[]): Record<string, unknown> | undefined {
  const inputs = values.map((value) => toRecord(parseJson(value)));
  const different = new Map<string, Record<string, unknown>>();
  for (const input of inputs) {
    if (input === undefined) return undefined;
    if (Object.keys(input).length > 0) different.set(JSON.stringify(input), input);
  }
  if (different.size > 1) return undefined;
  return [...different.values()][0] ?? inputs[0];
}

function unfence(text: string): string {
  return text
    .trim()
    .replace(/^```(?:json)?\s*/, '')
    .replace(/\s*```$/, '');
}

/**
 * Walks the text once and copies its values, one or several in a row, with their faults of form repaired. Returns none
 * if the text ends inside a string or something is missing.
 */
function mend(text: string): string[] {
  const values: string[] = [];
  let out = '';
  let inString = false;
  const open: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (inString) {
      if (character === '\\') out += character + (text[++i] ?? '');
      else if (character === '"') {
        inString = false;
        out += character;
      } else out += CONTROL[character] ?? character;
      continue;
    }
    // After a whole value, anything that does not begin another one (a surplus bracket, a remark) is noise.
    if (open.length === 0 && values.length > 0 && character !== '{') continue;
    if (character === '"') inString = true;
    else if (character === '{') open.push('}');
    else if (character === '[') open.push(']');
    else if (character === '}' || character === ']') {
      if (open.pop() === undefined) return values;
      out = out.replace(/,\s*$/, '');
    }
    out += character;
    if (open.length === 0 && (character === '}' || character === ']')) {
      values.push(out);
      out = '';
    }
  }
  if (inString) return [];
  if (out.trim() === '') return values;
  // An open bracket after a complete value can be closed; after `:` or `,` something is missing.
  if (open.length > 0 && /[:,]\s*$/.test(out)) return [];
  return [...values, out + open.toReversed().join('')];
}

const CONTROL: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
