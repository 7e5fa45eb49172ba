/**
 * Betas, without their dates, for features that an adapted request still uses. All others concern Claude Code and
 * Anthropic alone (account, cache, checks, threads), and a strict host refuses an unknown beta.
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

/** @param betas a value of `anthropic-beta`. @returns the part for another host; '' for none. */
export function betasForOthers(betas: string): string {
  return betas
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => FOR_ANYBODY.has(beta.replace(/-\d{4}-?\d\d-?\d\d$/, '')))
    .join(',');
}
