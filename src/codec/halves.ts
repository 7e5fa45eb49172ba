/**
 * Half surrogates: one of the two UTF-16 units of an emoji, left by a cut through its middle. Gemini takes and writes
 * them; Anthropic, OpenAI and DeepSeek answer 400 ("no low surrogate in string") to a body that holds one, for as long
 * as it stays in the transcript. They become U+FFFD, the replacement character.
 */

/** A text that comes in pieces: a half at the end of one waits for the other at the beginning of the next. */
export function createHalfJoiner(): {
  push(text: string): string;
  /** The end of the text: a waiting half stays alone. */
  end(): string;
} {
  let waiting = '';
  return {
    push(text) {
      const whole = waiting + text;
      const last = whole.charCodeAt(whole.length - 1);
      waiting = last >= 0xd800 && last <= 0xdbff ? whole.slice(-1) : '';
      return (waiting === '' ? whole : whole.slice(0, -1)).toWellFormed();
    },
    end() {
      const alone = waiting.toWellFormed();
      waiting = '';
      return alone;
    },
  };
}

/**
 * JSON without halves. `JSON.stringify` writes a half as an escape and a pair as it is, so an escape in its output is
 * always one; an escaped backslash before `ud83d` is text.
 * @param json as `JSON.stringify` writes it.
 */
export function mendHalves(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replaceAll(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (found) => (found === '\\\\' ? found : '\uFFFD'));
}
