import type { Quirks } from './quirks.ts';

/**
 * Tool-call ids in both directions. Outgoing ids satisfy the host's rule; incoming calls always get a new id, because
 * hosts repeat theirs (`call_1` in every answer) or use characters that Anthropic's wire rejects.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Makes ids that were never used before, each with the given prefix. */
export type Mint = (prefix: string) => string;

/** A new id in Anthropic's alphabet: the prefix and 24 random characters. */
export const mintId: Mint = (prefix) => {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  let id = prefix;
  for (const byte of bytes) id += ALPHABET[byte % ALPHABET.length];
  return id;
};

/** The same, with a callback for each call's id before it is used. */
export function mintTelling(onCall: (id: string) => void = () => {}): Mint {
  return (prefix) => {
    const id = mintId(prefix);
    if (prefix === 'toolu_') onCall(id);
    return id;
  };
}

/** Maps the ids of one request; two occurrences of the same client id (`n` 0, 1 …) get two ids. */
export type ToolIds = (id: string, occurrence: number) => string;

/** @param rule what the host accepts: a valid id stays, any other becomes its digest, which is always the same. */
export function createToolIds(rule: Quirks['toolIds']): ToolIds {
  const given = new Map<string, string>();
  const taken = new Set<string>();
  return (id, occurrence) => {
    const key = `${occurrence}:${id}`;
    const known = given.get(key);
    if (known !== undefined) return known;
    let mapped = occurrence === 0 ? fit(id, rule) : fit(key, rule);
    for (let n = 1; taken.has(mapped); n++) mapped = fit(`${key}:${n}`, rule);
    given.set(key, mapped);
    taken.add(mapped);
    return mapped;
  };
}

function fit(id: string, rule: Quirks['toolIds']): string {
  switch (rule) {
    case 'any':
      return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : `toolu_${digest(id, 24)}`;
    case 'max40':
      return /^[A-Za-z0-9_-]{1,40}$/.test(id) ? id : `call_${digest(id, 24)}`;
    // Mistral: "Tool call id was X but must be a-z, A-Z, 0-9, with a length of 9." (error code 3280)
    case 'exactly9':
      return /^[A-Za-z0-9]{9}$/.test(id) ? id : digest(id, 9);
  }
}

/** The same characters for the same text, so that a conversation's ids do not change from request to request. */
function digest(text: string, length: number): string {
  let out = '';
  for (let seed = 0; out.length < length; seed++) {
    let value = 0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1);
    for (let i = 0; i < text.length; i++) {
      value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
      value ^= value >>> 15;
    }
    value = Math.imul(value ^ (value >>> 16), 0x85ebca6b) >>> 0;
    for (let n = 0; n < 5 && out.length < length; n++) {
      out += ALPHABET[value % ALPHABET.length];
      value = Math.floor(value / ALPHABET.length);
    }
  }
  return out;
}
