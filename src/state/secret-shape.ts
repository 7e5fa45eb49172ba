/** A kind of secret that is known by what stands around it. */
export type SecretShape = {
  /** Its first group stays, its second is the secret. */
  shape: RegExp;
  /** Looks at the second group, where the surroundings alone do not tell. */
  isSecret?: (value: string) => boolean;
};

export function hideShapes(text: string, shapes: readonly SecretShape[], redacted: string): string {
  let clean = text;
  for (const { shape, isSecret = () => true } of shapes) {
    clean = clean.replace(shape, (whole: string, before: string, value: string) =>
      value !== redacted && !isReference(value) && isSecret(value) ? `${before}${redacted}` : whole,
    );
  }
  return clean;
}

/** A variable, a call in a shell, a placeholder of documentation: it stands for a secret, and is none. */
export function isReference(value: string): boolean {
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
