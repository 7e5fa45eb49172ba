import { isNoTerm, isNoWord, type SecretShape } from './secret-shape.ts';

/** "Password" where that word is not in it, as people of these languages write it, also at the end of a longer word. */
const IN_COMPOUNDS = [
  'passwort|kennwort|wachtwoord|lösenord|passord|adgangskode', // German, Dutch, the North
  '密码|密碼|口令|パスワード|暗証番号|비밀번호|암호', // Chinese, Japanese, Korean
].join('|');
const WORDS = [
  'zugangscode|geheimzahl', // German
  'mot de passe|phrase secr[èe]te|code secret', // French
  'contrase(?:ñ|n)a|clave(?: de acceso)?', // Spanish
  'senha|palavra-passe', // Portuguese
  'parola(?: d.ordine)?|parole', // Italian, Romanian, Turkish, Latvian
  'salasana|lykilorð', // Finnish, Icelandic
  'hasło|heslo|jelszó|lozinka|geslo|slaptažodis', // Polish, Czech, Hungarian, Croatian, Slovenian, Lithuanian
  'пароль|пароля|паролем|парола|лозинка', // Russian, Ukrainian, Bulgarian, Serbian
  'κωδικός(?: πρόσβασης)?', // Greek
  'şifre|mật khẩu|kata sandi|รหัสผ่าน|पासवर्ड', // Turkish, Vietnamese, Indonesian, Thai, Hindi
  'كلمة (?:المرور|السر)|סיסמה|סיסמא|رمز عبور', // Arabic, Hebrew, Persian
].join('|');
const PASSWORD = String.raw`(?:${IN_COMPOUNDS}|(?<!\p{L})(?:${WORDS}))`;

const IS =
  'ist|lautet|war|est|était|es|era|é|è|is|was|är|er|on|to|je|jest|jest to|—|-|–|->|→|=>|是|为|為|は|が|은|는|이|:|=|：|＝';

/** A word that ends with the sentence; a quoted one may have blanks. */
const VALUE = String.raw`("[^"\n]{3,80}"|'[^'\n]{3,80}'|\x60[^\x60\n]{3,80}\x60|[«„“「][^«»“”「」\n]{3,80}(?=[»“”」])|[^\s"'\x60,;<>。，、；」）]{4,80})`;

const quotedOrNoWord = (value: string) => /^["'`«„“「]/.test(value) || isNoWord(value);

/** Every shape here contains one of these; letters beyond Latin may be such a word. */
export function maySayAPassword(text: string): boolean {
  return ENGLISH.test(text) || LATIN.test(text) || /[\u0370-\u1fff\u3000-\uffff]/.test(text);
}

const ENGLISH =
  /pass|p(?:in|IN)\b|\bPIN|cv[vc]|seed|mnemonic|phrase|one-time|(?:code|word)s?[\s:=]+(?:is\s+)?["'\d]|recovery|wallet|PASS|Pass|CV[VC]|Pin|OTP|2FA/;
const LATIN =
  /[Kk]ennw|[Zz]ugangsc|[Gg]eheimz|[Mm]ot de|ode secr|ontrase|lave|enha|alavra|arol|achtw|senord|dgangsk|alasan|ykilor|as[lł]o|eslo|elsz|ozink|slapta|ifre|kh[ẩa]u|ata sandi/;

/** Passwords in sentences. */
export const SENTENCES: readonly SecretShape[] = [
  {
    shape: new RegExp(
      String.raw`(${PASSWORD}(?:[ \t]+[^\s:=：]{1,30}){0,5}?[ \t]*(?:(?<=\s|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])(?:${IS})|[:=：＝])[ \t]*)(?![:=])${VALUE}`,
      'giu',
    ),
    isSecret: quotedOrNoWord,
  },
  // "The password for X is Y", "the PIN of the card: 1234", "password changed to Y".
  {
    shape: new RegExp(
      String.raw`(\b(?:pass(?:word|phrase|code|wd)|pin)s?(?:[ \t]+[^\s:=]{1,40}){0,6}?(?:[ \t]+(?:is|was|are|now|as|(?:changed|set|reset|updated)[ \t]+to)[ \t]+|[ \t]*(?:->|→|:)[ \t]+))${VALUE}`,
      'gi',
    ),
    isSecret: (value) =>
      /^["'`]/.test(value) ? !/\s/.test(value) || /\d/.test(value) : isNoTerm(value) || /^\d{4,8}\W?$/.test(value),
  },
  // "I set the root password to hunter2".
  {
    shape: new RegExp(
      String.raw`(\b(?:set|chang\w{1,3}|reset|updated?)\b[^\n.]{0,40}?\bpassword(?:[ \t](?:of|for)[ \t]\S{1,40})?[ \t]to[ \t]+)${VALUE}`,
      'gi',
    ),
    isSecret: isNoTerm,
  },
  // "with password hunter2", "log in as bob, pass hunter2".
  {
    shape: new RegExp(String.raw`(\b(?:password|passwd|passphrase|passcode)[ \t]+)${VALUE}`, 'gi'),
    isSecret: isNoTerm,
  },
  {
    shape: new RegExp(
      String.raw`(\b(?:user(?:name)?|login|log in|account|e-?mail|admin|root)\b[^\n]{0,60}?\bpass[ \t:=]+)${VALUE}`,
      'gi',
    ),
    isSecret: isNoTerm,
  },
  {
    shape: new RegExp(String.raw`((?<![\w-])pass[ \t]+)${VALUE}`, 'gi'),
    // Programs pass things too: `hunter2`, and what has a letter, a digit and a sign.
    isSecret: (value) =>
      isNoTerm(value) && (/^[a-z]{4,}\d{1,4}$/.test(value) || /^(?=.*[a-z])(?=.*\d)(?=.*[!@#$%^&*?])/i.test(value)),
  },
  { shape: /(\b(?<!GPIO )PIN(?:[ -]?code)?(?:\s*[:=]\s*|\s+(?:is\s+)?))(\d{4,8})(?![\w.:-])/g },
  { shape: /(\bpin(?:[ -]?code)?\s*(?:[:=]|\bis\b)\s*)(\d{4,8})(?![\w.:-])/gi },
  {
    shape:
      /(\b(?:2fa|otp|one-time|verification|security|backup|recovery|login|sms) (?:code|password|pin)s?(?:\s*[:=]\s*|\s+(?:is\s+)?))(\d{4,8}|[\da-z]{4,5}-[\da-z]{4,5})(?![\w.:-])/gi,
  },
  { shape: /(\b(?:cvv2?|cvc2?)(?:\s*[:=]\s*|\s+(?:is\s+)?))(\d{3,4})(?![\w.:-])/gi },
  // Words in a row: a passphrase, and the twelve to twenty-four of a wallet (BIP-39: 3 to 8 letters each).
  {
    shape:
      /(\bpassphrase["']?\s*[:=]\s*)(?!(?:must|should|may|can|is|not?|an?|the|optional|required|used|for|if|when|see|at|min|never|only|your|enter|whether|which|what|where|how|to|same|too)\b)(\p{L}{2,20}(?:[ -]\p{L}{2,20}){2,11})/giu,
  },
  {
    shape:
      /(\b(?:seed|mnemonic|(?:recovery|wallet|backup|secret)[ _-]?(?:phrase|words?))(?:[ _-]?(?:phrase|words?))?\b[^\n]{0,40}?[\s:="'])((?:(?:\d{1,2}[.)][ \t]*)?[a-z]{3,8}[\s,]+){11,23}(?:\d{1,2}[.)][ \t]*)?[a-z]{3,8}\b)/gi,
    isSecret: (value) => !/\b(?:the|and|that|with|are|was|for|not|but|has|from|which)\b/.test(value),
  },
];
