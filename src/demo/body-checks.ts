/** Faults of a body that several vendors reject, on any wire. */

/** Half a surrogate pair somewhere in the texts: Anthropic, OpenAI and DeepSeek call such a body invalid JSON. */
export function hasHalfCharacter(json: unknown): boolean {
  return /\\ud[89a-f]/.test(JSON.stringify(json).replaceAll('\\\\', ''));
}

/** The place of an array without items, which OpenAI and Gemini reject; undefined where there is none. */
export function arrayWithoutItems(schema: unknown, path = ''): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const { type, items, prefixItems } = schema as { type?: unknown; items?: unknown; prefixItems?: unknown };
  const isArray = type === 'array' || (Array.isArray(type) && type.includes('array'));
  if (isArray && items === undefined && prefixItems === undefined) return path || '()';
  for (const [key, value] of Object.entries(schema)) {
    const found = ['default', 'enum', 'const', 'examples'].includes(key)
      ? undefined
      : arrayWithoutItems(value, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
