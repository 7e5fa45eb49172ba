/** A kind of secret that is known by what stands around it. */
export type SecretShape = {
  /** Its first group stays, its second is the secret. */
  shape: RegExp;
  /** Looks at the second group, and at the first, where the surroundings alone do not tell. */
  isSecret?: (value: string, before: string) => boolean;
};

export function hideShapes(text: string, shapes: readonly SecretShape[], redacted: string): string {
  let clean = text;
  for (const { shape, isSecret = () => true } of shapes) {
    clean = clean.replace(shape, (whole: string, before: string, value: string) =>
      value !== redacted && !isReference(value) && isSecret(value, before) ? `${before}${redacted}` : whole,
    );
  }
  return clean;
}

/** A variable, a call in a shell, a placeholder of documentation: it stands for a secret, and is none. */
export function isReference(value: string): boolean {
  if (isYamlTag(value)) return true;
  return /^["']?(?:\$[{(\w]|[%<{[(*]|process\.|os\.|env\b|-)|^(?:x{3,}|\.{3}|…|[A-Z]+_[A-Z_]+)["']?$/.test(value);
}

/** Not a term of the trade that has a digit: `password sha256`, `pass utf8`, `pass arg1`, `pass test2.ts:12`. */
export function isNoTerm(value: string): boolean {
  return isNoWord(value) && !TERM.test(value);
}

const TERM =
  /^(?:v\d|sha|md[45]|bcrypt|base\d|oauth|argon|utf|pbkdf|aes|rsa|rfc|http|ipv|[iu](?:nt)?\d|float|(?:arg|param|test|step|line|case|field|value|item|phase|round|file|key|user|input|option|version|level|page|part|type|h|p|t)s?[_-]?\d+)|[(/\\=]|\.\w{1,4}(?::\d|$)|^\d+\W?$/i;

/** A word that nobody writes in prose: a digit or a sign among letters, or many digits. */
export function isNoWord(value: string): boolean {
  const bare = value.replace(/[.!?)\]]+$/, '');
  if (bare.length < 4 || /^(?:v?\d+(?:\.\d+)+|https?:)/.test(bare)) return false;
  return /^\d{4,}$/.test(bare) || (/[\p{L}]/u.test(bare) && /[\d!@#$%^&*+=]/.test(bare));
}

/** `token: identifier42`: a word and its number. */
export function isNumberedWord(value: string): boolean {
  return /^_?(?:[a-z]{5,}|[A-Z][a-z]{4,}|[A-Z]{5,})_?\d{1,2}$/.test(value);
}

/** `password: !secret wifi_password`: the tag says where the secret lies. */
export function isYamlTag(value: string): boolean {
  return /^!(?:vault|secret|ref|sub|getatt|env|env_var|include|importvalue|reference)$/i.test(value);
}
