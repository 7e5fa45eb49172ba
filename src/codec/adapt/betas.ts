/**
 * Betas by which Claude Code asks for something that an adapted request still holds, without their dates. Whatever else
 * it names there is between it and Anthropic (its account, its cache, its checks, its threads), and a strict host
 * refuses a beta that it does not know.
 */
const FOR_ANYBODY = new Set([
  'claude-code',
  'context-1m',
  'effort',
  'fine-grained-tool-streaming',
  'interleaved-thinking',
  'structured-outputs',
  'thinking-display-updates',
]);

/** @param betas a value of `anthropic-beta`. @returns what of it goes to another host; '' for nothing. */
export function betasForOthers(betas: string): string {
  return betas
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => FOR_ANYBODY.has(beta.replace(/-\d{4}-?\d\d-?\d\d$/, '')))
    .join(',');
}
