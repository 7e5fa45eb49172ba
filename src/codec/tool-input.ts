import { isRecord, parseJson } from './json.ts';

/**
 * The arguments of a tool call as JSON that can be run, or undefined when they cannot be saved.
 * Only faults of form are mended (a fence, a trailing comma, a raw newline, brackets left open or too many); a string
 * that was cut is not closed: half a file must not be written as if it were whole.
 */
export function toToolInput(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  for (const attempt of [text, unfence(text), mend(unfence(text))]) {
    const value = attempt === undefined ? undefined : parseJson(attempt);
    if (value === undefined) continue;
    if (value === null) return {};
    // Some hosts encode the arguments twice.
    const inner = typeof value === 'string' ? parseJson(value) : value;
    return isRecord(inner) ? inner : undefined;
  }
  return undefined;
}

function unfence(text: string): string {
  return text
    .trim()
    .replace(/^```(?:json)?\s*/, '')
    .replace(/\s*```$/, '');
}

/** Walks the text once, copying it with its faults of form mended. Undefined: it ends inside a string. */
function mend(text: string): string | undefined {
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
    if (character === '"') inString = true;
    else if (character === '{') open.push('}');
    else if (character === '[') open.push(']');
    else if (character === '}' || character === ']') {
      // Too many closing brackets: the object was whole before them.
      if (open.pop() === undefined) break;
      out = out.replace(/,\s*$/, '');
    }
    out += character;
    if (open.length === 0 && (character === '}' || character === ']')) break;
  }
  if (inString) return undefined;
  // An open bracket after a complete value can be closed; after `:` or `,` something is missing.
  if (open.length > 0 && /[:,]\s*$/.test(out)) return undefined;
  return out + open.toReversed().join('');
}

const CONTROL: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
