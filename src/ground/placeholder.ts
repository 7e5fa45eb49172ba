/** What people write where a local host asks for a key and looks at none: `ollama`, `lm-studio`, `not needed`. */
export function isPlaceholder(secret: string): boolean {
  return secret.length < 16 && /^[a-z]+(?:[-_ ][a-z]+)*$/i.test(secret);
}
