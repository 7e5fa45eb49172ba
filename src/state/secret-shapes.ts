import { isNumberedWord, isYamlTag } from './secret-shape.ts';

/**
 * The shapes of secrets by vendor, from the vendors' own pages on their token formats. Each pattern matches only the
 * characters of the secret itself.
 */
export const KEY_SHAPES: readonly RegExp[] = [
  // Anthropic, OpenRouter, OpenAI, DeepSeek … (sk-), Groq, xAI, Cerebras, NVIDIA, Perplexity, Fireworks, Hugging Face, Replicate.
  /\b(?:sk-|gsk_|xai-|csk-|nvapi-|pplx-|fw_|hf_|r8_|tvly-|lsv2_|tgp_v1_)[\w-]{12,}/g,
  // GitHub, GitLab, Bitbucket, npm, PyPI, RubyGems, Docker, JFrog.
  /\b(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-|ATBB|npm_|pypi-|rubygems_|dckr_pat_|AKCp\d)[\w-]{12,}/g,
  // Slack, SendGrid, Shopify, DigitalOcean, Databricks, Linear, Notion, Vault, Figma, Grafana, Sentry, Tailscale, Atlassian,
  // Supabase, Pulumi, Postman, New Relic, Heroku, Dropbox, 1Password, Square, Facebook.
  /\b(?:xox[a-z]-|xoxe\.|xapp-|whsec_|SG\.|shp[a-z]{2}_|do[opr]_v1_|dapi|lin_api_|ntn_|hv[sbr]\.|fig[a-z]_|gl(?:sa|c)_|sntr[a-z]{2}_|tskey-|ATATT3|sbp_|sb_secret_|pul-|PMAK-|NRAK-|HRKU-|sl\.u?\.?|ops_eyJ|sq0[a-z]{3}-)[\w.=-]{16,}/g,
  /\bEAA[A-Za-z\d]{40,}/g,
  // Stripe, Razorpay, Shippo, Duffel and others who name the world that a key is for; Plaid, HubSpot.
  /\b[a-z]{2,12}_(?:live|test|prod|sandbox)_(?=[A-Za-z]*\d)[A-Za-z\d]{12,}/g,
  /\b(?:access-(?:sandbox|development|production)|pat-[a-z]{2}\d)-[\da-f-]{36}/g,
  // ElevenLabs, Twilio, Mailgun, Mailchimp, Z.ai, Asana: hexadecimal.
  /\b(?:sk_[\da-f]{48}|SK[\da-f]{32}|key-[\da-f]{32}|[\da-f]{32}-us\d{1,2}|[\da-f]{32}\.[A-Za-z\d]{16}|\d\/\d{16}:[\da-f]{32})\b/g,
  // Telegram's bots, Discord's.
  /(?<!\d)\d{8,10}:[\w-]{35}(?![\w-])/g,
  /\b[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}/g,
  // Airtable, Dynatrace, Terraform Cloud, Doppler, Fly, Okta: parts between dots or blanks.
  /\b(?:pat[A-Za-z\d]{14}\.[\da-f]{64}|dt0[a-z]\d\d\.[A-Z\d]{24}\.[A-Z\d]{64}|[A-Za-z\d]{14}\.atlasv1\.[\w-]{40,}|dp\.[a-z]{2,5}\.[\w-]{32,}|fm\d_[\w+/=,-]{32,}|SSWS [\w-]{20,})/g,
  // Google: API keys, OAuth access and refresh tokens, client secrets.
  /\b(?:AIza[\w-]{16,}|ya29\.[\w.-]{16,}|1\/\/0[\w-]{20,}|GOCSPX-[\w-]{16,})/g,
  // AWS: ids of access keys, Bedrock's keys. Azure: an application's secrets.
  /\b(?:A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}\b|ABSK[\w+/=]{40,})/g,
  /\b[\w.-]{3}\dQ~[\w~.-]{31,}/g,
  // JSON web tokens, signed (three parts) or encrypted (five), also broken over lines; cut off after the second part.
  /\beyJ[\w-]{8,}(?:[ \t]*\\?\r?\n[ \t]*(?=[\w-]*\.|[\w-]{20})[\w-]+){0,40}(?:\s{0,4}\.\s{0,4}[\w-]*(?:[ \t]*\\?\r?\n[ \t]*(?=[\w-]*\.|[\w-]{20})[\w-]+){0,40}){2,4}/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}/g,
  // Private keys, also where their lines were joined or the end was cut off; PuTTY's.
  /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/gs,
  // The same in Base64, as in a secret of Kubernetes.
  /\bLS0tLS1CRUdJTi[\w+/]{16,}={0,2}(?:\s+[\w+/]{40,}={0,2})*/g,
  /(?<=\bPrivate-Lines: \d{1,3}(?:\\[rn]|\s){1,4})[\w+/=]{8,}(?:\s+[\w+/=]{30,})*/g,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g,
  // Private keys without the line above them (RFC 8017, 5958, 5915; OpenSSH). Not certificates.
  /\b(?:MII[\w+/]{3}IBA|M(?:HcCAQEE|HQCAQEE|IGHAgEA|IG2AgEA|IHcAgEB|IGkAgEB|C4CAQAw)|b3BlbnNzaC1rZXktdjE)[\w+/=]{10,}(?:\s{1,4}[\w+/=]{16,}){0,100}/g,
  // Hashes of passwords: crypt(3), Argon2, scrypt, Django, Werkzeug, LDAP, SCRAM.
  /\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|md5|apr1|argon2(?:id|i|d)|s?crypt|pbkdf2[\w-]*|bcrypt[\w-]*|P|H)\$[\w./$=,+-]{16,}/g,
  /\b(?:pbkdf2_sha\d+|argon2|bcrypt_sha256|scrypt:[\d:]+|pbkdf2:sha\d+(?::\d+)?|SCRAM-SHA-\d+)\$[\w./$=,+:-]{16,}/g,
  /\{S?(?:SHA|MD5|CRYPT|SHA256|SHA512)\}[\w+/$.]{16,}={0,2}/g,
  // Anybody's: a short name, then many letters of both cases and digits in one run. Not ids that a report needs.
  /\b(?!(?:req|msg|toolu|call|resp|chatcmpl|cmpl|gen|run|batch|file|thread|session|sha\d+)[_-])[A-Za-z][A-Za-z\d]{1,11}(?:[_-][a-z\d]{1,10}){0,2}[_-](?=[a-zA-Z]*\d)(?=[a-z\d]*[A-Z])(?=[A-Z\d]*[a-z])[A-Za-z\d]{30,}/g,
];

/** Every key shape contains one of these. Most texts do not, and the test is cheap. */
export const MAY_HOLD_A_KEY = /(?<![\w.~+/=:$-])[\w.~+/=:$-]{15}|-----BEGIN|Private-Lines|SSWS |\{S?(?:SHA|MD5|CRYPT)/;

/** `Bearer abc`, `x-api-key: abc`, `?key=abc`: the name (first group) stays, the value goes. */
export const NAMED_VALUES: readonly RegExp[] = [
  /(\bbearer\s+)[\w.~+/=-]{6,}/gi,
  // Beside prose ("Basic understanding") it looks like Base64: a digit, an inner capital, an equals sign.
  /(\bBasic\s+)(?=\S*(?:\d|[a-z][A-Z]|=))[\w+/]{10,}={0,2}/g,
  /(\bDigest\s+)(?:[a-z]{2,10}=(?:"[^"\n]*"|[^\s,"]+)(?:,\s*)?){2,20}/gi,
  /(\bauthorization["']?\s*[:=]\s*["']?(?:(?:basic|token|digest|negotiate|ntlm|apikey)\s+)?)(?!bearer\b|AWS4-|digest\b)[\w.~+/=-]{6,}/gi,
  /(\b(?:x-api-key|x-goog-api-key|api-key|api_key|apikey|access_token|client_secret)["']?\s*[:=]\s*["']?)[\w.~+/=-]{6,}/gi,
  /(\b(?:set-)?cookie["']?\s*:\s*["']?)(?=[^\s=;]+=)[^\r\n"']{8,}/gi,
  /([?&#](?:[\w-]{0,30}[_-])?(?:key|token|sig|signature|password|secret|credential)=)[\w.~+/=%-]{6,}/gi,
  // What comes back from a login.
  /([?&#]code=)[\w.~+/=%-]{16,}/gi,
  // A password in an address: `postgres://user:password@host`; a token in its place. A port is no password, nor is a variable.
  /(\b[a-z][a-z\d+.-]{0,30}:\/\/[^\s:/@"']*:)(?!\d{1,5}[/?#])(?!\$\{\w+\}@)[^\s"']{1,200}(?=@)/gi,
  /(\b[a-z][a-z\d+.-]{0,30}:\/\/)[\w-]{20,}(?=@)/gi,
  // Addresses that let whoever knows them write: Slack, Discord, Teams, Zapier, Feishu.
  /(\bhttps?:\/\/(?:hooks\.slack\.com\/[a-z]+|(?:[a-z]+\.)?discord(?:app)?\.com\/api\/webhooks|[\w-]+\.webhook\.office\.com\/webhookb2|hooks\.zapier\.com\/hooks\/catch|open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook)\/)[^\s"'<>]+/gi,
  // `curl -u user:password`, `mysql -ppassword`, a line of `.npmrc`.
  /(\s(?:-u|--user)[\s=]+["']?[^\s:"']+:)(?!\d+(?![^\s,;]))[^\s"']+/g,
  /(\bcurl\b[^\n]{0,200}?\s-u["']?[^\s:"']{1,64}:)[^\s"']+/g,
  /(\b(?:mysql(?:dump|admin)?|mariadb)\b[^\n|;&]{0,200}?\s-p)(?!ort|ipe|rot)[^\s-]\S*/g,
  /(\b_auth=)[\w+/]{6,}={0,2}/g,
  // The secret first segment of a session's own address.
  /(\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\/)[\w-]{20,}/g,
];

/** Every named value contains one of these. */
export const MAY_NAME_A_VALUE =
  /bearer|basic|digest|authorization|cookie|api[-_]?key|access_token|client_secret|_auth=|[?&#]|\/\/|\s-[up]|--user/i;

/**
 * `DB_PASSWORD=abc`, `"secret": "abc"`, `--token abc`, `the password is abc`: name, what is between, value. Counts
 * (`max_tokens`) are no tokens, and where a secret lies (`--password-file`, `secretName`) is none.
 */
// A name is tried from its beginning only: from each letter of a long word it would take seconds.
const ASSIGNED = new RegExp(
  [
    String.raw`(?<before>(?<![\w.-])(?<flag>--?)?`,
    String.raw`(?<name>[\w.-]{0,100}(?:secret|token(?!s)|passw(?:or)?d|passphrase|passcode|pwd|credential|key|(?<![a-z])(?:pass|pw)(?![a-z]))(?![\w-]{0,40}(?:[_-](?:file|stdin|path|cmd|command)|names?|refs?|id)\b)[\w.-]{0,40})`,
    String.raw`(?:\\?["'])?(?<sign>\s*(?:=>?|:=?)\s*(?:[|>][+-]?[ \t]*\n\s+|\\\n\s*)?|\s+(?:is|was|->|→)\s+|(?<=[\w-])[ \t]+(?=\S)))`,
    // Up to the quote that began it: `"it's mine"`, `"with \" in it"`.
    String.raw`(?:(?<quote>\\?["'])(?<quoted>(?:(?!\k<quote>)(?:\\[^\n]|[^\n\\])){1,500})(?=\k<quote>)|(?<cut>\\?["'])?(?<bare>[^\s"',;&\\]+))`,
  ].join(''),
  'gi',
);

/** A value that only points to a secret, or stands for one: a variable, a word of documentation. */
const REFERENCE =
  /^(?:[$%<{[(*]|process\.|os\.|env\b)|^(?:true|false|null|undefined|none|string|number|required|optional|missing|invalid|wrong|empty|\.\.\.)$/i;

type Assigned = {
  before: string;
  flag?: string;
  name: string;
  sign: string;
  quote?: string;
  quoted?: string;
  cut?: string;
  bare?: string;
};

/** Most texts name no secret at all, and to look at each word for one costs more than everything else here. */
const NAMES_A_SECRET = /secret|token|passw|passphrase|passcode|pwd|credential|key|(?<![a-z])(?:pass|pw)(?![a-z])/i;

/** Replaces the values behind names that speak of secrets. Passwords may be any word; other values must look random. */
export function hideAssigned(text: string, redacted: string): string {
  if (!NAMES_A_SECRET.test(text)) return text;
  return text.replace(ASSIGNED, (whole: string, ...rest: unknown[]) => {
    const { before, flag, name, sign, quote, quoted, cut, bare } = rest.at(-1) as Assigned;
    const value = quoted ?? bare ?? '';
    // A blank alone stands between an option and its value, and between any two words of prose: `the password "hunter2"`.
    const isFlag = flag !== undefined && !value.startsWith('-');
    const isQuoted = quoted !== undefined && /\d/.test(quoted);
    if (sign.trim() === '' && !isFlag && !isQuoted) return whole;
    if (value.endsWith(redacted) || REFERENCE.test(value) || isYamlTag(value)) return whole;
    // The scheme of an address is no name: `valkey://host`.
    const isAddress = sign === ':' && cut === undefined && value.startsWith('//');
    if (quoted === undefined && (isAddress || isCode(value, sign) || isFolder(name, value))) return whole;
    const isPassword = /passw|passphrase|passcode|pwd|secret|(?<![a-z])(?:pass|pw)(?![a-z])/i.test(name);
    return (isPassword ? isPasswordLike(value, name, sign, quoted !== undefined) : isRandom(value))
      ? `${before}${quote ?? cut ?? ''}${redacted}`
      : whole;
  });
}

/** A call, and what stands behind ` = ` in a program: `config.password`, `await`, `userInput`. */
function isCode(value: string, sign: string): boolean {
  if (value.includes('(')) return true;
  return (
    /^\s|\s$/.test(sign) &&
    /^(?:(?:await|new|typeof|async)$|[a-z_]\w*(?:\??\.[a-z_]\w*)+$|[a-z]+[A-Z][A-Za-z]*$|(?:password|passwd|passphrase|pwd|pass|secret|token)$)/.test(
      value,
    ) &&
    !/\d/.test(value)
  );
}

/** The shell's own `PWD` is the working directory. */
function isFolder(name: string, value: string): boolean {
  return /^(?:old)?pwd$/i.test(name) && /^(?:[/~]|[a-z]:[\\/])/i.test(value);
}

function isPasswordLike(value: string, name: string, sign: string, isQuoted: boolean): boolean {
  // `pass: 1234` counts tests, as `12/14` and `98.5%` do.
  if (value.length < 4 || (!/passw|passphrase|passcode/i.test(name) && /^\d[\d.,/]*%?$/.test(value))) return false;
  // In a program's quotes any word is one, but for a label ("Enter your password").
  if (isQuoted && /[:=]/.test(sign)) return !/passw|secret|must be|required/i.test(value);
  // Behind a colon prose goes on: "the password: hunter is not enough".
  return /^\s*=/.test(sign) || sign.trim() === '' || !/^[\p{L}\p{M}]+[.!?]?$/u.test(value);
}

/** Letters and digits in no order of a language: enough of them, and hardly one twice. */
function isRandom(value: string): boolean {
  if (value.length < 12 || /\s/.test(value) || !/[a-z]/i.test(value) || isNumberedWord(value)) return false;
  return (/\d/.test(value) && entropy(value) >= 2.5) || (value.length >= 20 && entropy(value) >= 4);
}

/** Shannon's, in bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0);
}
