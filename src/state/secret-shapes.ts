/**
 * How secrets look, each with whose they are: the vendors' own pages on their tokens' formats. Each matches only
 * characters that a secret is made of, so what is around it stays.
 */
export const KEY_SHAPES: readonly RegExp[] = [
  // Anthropic, OpenRouter, OpenAI, DeepSeek … (sk-), Groq, xAI, Cerebras, NVIDIA, Perplexity, Fireworks, Hugging Face, Replicate.
  /\b(?:sk-|gsk_|xai-|csk-|nvapi-|pplx-|fw_|hf_|r8_)[\w-]{12,}/g,
  // GitHub, GitLab, npm, PyPI, RubyGems, Docker.
  /\b(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-|npm_|pypi-|rubygems_|dckr_pat_)[\w-]{12,}/g,
  // Slack, Stripe, SendGrid, Shopify, DigitalOcean, Databricks, Linear, Notion, Vault, Figma, Grafana, Sentry, Tailscale, Atlassian.
  /\b(?:xox[a-z]-|xapp-|(?:sk|rk|pk)_(?:live|test)_|whsec_|SG\.|shp[a-z]{2}_|do[opr]_v1_|dapi|lin_api_|ntn_|hv[sbr]\.|figd_|gl(?:sa|c)_|sntr[a-z]{2}_|tskey-|ATATT3)[\w.=-]{12,}/g,
  // Telegram's bots.
  /\b\d{8,10}:[\w-]{35}\b/g,
  // Google: API keys, OAuth access and refresh tokens, client secrets.
  /\b(?:AIza[\w-]{16,}|ya29\.[\w.-]{16,}|1\/\/0[\w-]{20,}|GOCSPX-[\w-]{16,})/g,
  // AWS: ids of access keys.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // JSON web tokens.
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  // Private keys, also where their lines were joined or the end was cut off.
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g,
];

/** `Bearer abc`, `x-api-key: abc`, `?key=abc`: the name (first group) stays, the value goes. */
export const NAMED_VALUES: readonly RegExp[] = [
  /(\bbearer\s+)[\w.~+/=-]{6,}/gi,
  /(\bauthorization["']?\s*[:=]\s*["']?(?:(?:basic|token|digest|negotiate|apikey)\s+)?)(?!bearer\b)[\w.~+/=-]{6,}/gi,
  /(\b(?:x-api-key|x-goog-api-key|api-key|api_key|apikey|access_token|client_secret)["']?\s*[:=]\s*["']?)[\w.~+/=-]{6,}/gi,
  /([?&](?:key|token|sig|signature|password)=)[\w.~+/=%-]{6,}/gi,
  // A password in an address: `postgres://user:password@host`; a token in its place.
  /(\b[a-z][a-z\d+.-]*:\/\/[^\s:/@"']*:)[^\s/@"']+(?=@)/gi,
  /(\b[a-z][a-z\d+.-]*:\/\/)[\w-]{20,}(?=@)/gi,
  // `curl -u user:password`
  /(\s(?:-u|--user)[\s=]+["']?[^\s:"']+:)[^\s"']+/g,
  // The secret first segment of a session's own address.
  /(\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\/)[\w-]{20,}/g,
];

/**
 * `DB_PASSWORD=abc`, `"secret": "abc"`, `AWS_SECRET_ACCESS_KEY=abc`: name, what is between, value. Counts (`max_tokens`)
 * are no tokens.
 */
const ASSIGNED =
  /((?<name>[\w.-]{0,40}(?:secret|token(?!s)|passw(?:or)?d|passphrase|pwd|credential|key)[\w.-]{0,40})["']?\s*(?<sign>=>?|:=?)\s*["']?)(?<value>[^\s"',;&]+)/gi;

/** A value that only points to a secret, or stands for one: code, a variable, a word of documentation. */
const REFERENCE =
  /^(?:[$%<{[(*]|process\.|os\.|env\b)|[(]|^(?:true|false|null|undefined|none|string|number|required|optional|missing|invalid|wrong|empty|\.\.\.)$/i;

/** Replaces the values behind names that speak of secrets. Passwords may be any word; other values must look random. */
export function hideAssigned(text: string, redacted: string): string {
  return text.replace(ASSIGNED, (whole: string, before: string, ...rest: unknown[]) => {
    const { name, sign, value } = rest.at(-1) as { name: string; sign: string; value: string };
    if (value === redacted || REFERENCE.test(value)) return whole;
    const isPassword = /passw|passphrase|pwd|secret/i.test(name);
    // Behind a colon prose goes on: "the password: hunter is not enough".
    const isWord = sign !== '=' && /^[a-z]+[.!?]?$/i.test(value);
    const isSecret = isPassword ? value.length >= 4 && !isWord : isRandom(value);
    return isSecret ? `${before}${redacted}` : whole;
  });
}

/** Letters and digits in no order of a language: enough of them, and hardly one twice. */
function isRandom(value: string): boolean {
  if (value.length < 12 || !/[a-z]/i.test(value)) return false;
  return (/\d/.test(value) && entropy(value) >= 2.5) || (value.length >= 20 && entropy(value) >= 4);
}

/** Shannon's, in bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0);
}
