import { isNoTerm, isNoWord, isNumberedWord, type SecretShape } from './secret-shape.ts';

const NAMES = '(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential)';

/** A key of a YAML file that holds a password, and its value if that is one plain word. */
const YAML_KEY = String.raw`[ \t]*(?:- )?["']?[\w.-]{0,60}(?:password|passwd|passphrase|passwort|pass|pwd)["']?:[ \t]+`;
const YAML_WORD = String.raw`([^\s"'{}[\]|>&*!%@,;()=$<#][^\s"',;(){}=<>]{3,80})`;
const YAML_END = String.raw`[ \t]*(?:#[^\n]{0,200})?`;
/** Another line of such a file: in a program it would end with a comma, a semicolon or a bracket. */
const YAML_LINE = String.raw`[ \t]*(?:- )?["']?[\w.-]{1,60}["']?:(?:[ \t]+[^\n]{0,200}[^\n,;{}()[\s])?[ \t]*`;

/** What stands there in a schema, a translation, a policy or a report, and is no password. */
const NO_PASSWORD =
  /^(?:str|string|text|char|varchar|bytes?|int|integer|number|bool|boolean|any|object|list|dict|unknown|required|optional|missing|invalid|valid|wrong|correct|incorrect|empty|blank|hidden|masked|redacted|plain|hashed|encrypted|expired|changed|unchanged|forgotten|lost|weak|strong|strict|matches|mismatch|always|never|on_create|manual|auto|default|prompt|ask|enabled|disabled|read|write|readonly|same|none|null|true|false|todo)[.!?]*$|pass|secret|token|^(?:[.~]?\/|https?:)/i;
/** A heading or a type's name, a variable's, and a word of another language: `forgot_password: oublié`. */
const NAME = /^(?:\p{Lu}\p{Ll}+)+[!?]?$|^[a-z]+[A-Z][A-Za-z]*$|^(?=.*[\u0080-\u{10ffff}])[\p{L}\p{M}]+[!?]?$/u;
const isPlainPassword = (value: string) => !NO_PASSWORD.test(value) && !NAME.test(value);
/** `pass` also counts tests: `pass: 98.5%`, `pass: first`. */
const isBarePass = (before: string) => /(?<![\w.-])["']?pass["']?:[ \t]+$/i.test(before);
const isPasswordOfYaml = (value: string, before: string) =>
  isPlainPassword(value) && (!isBarePass(before) || (isNoTerm(value) && !isAmount(value)));

/** A number with its unit: `first_token: 1234ms`. */
const isAmount = (value: string) => /^\d[\d.,]*(?:[a-z]{0,3}|%)$/i.test(value);
const isShortToken = (value: string) =>
  /[a-z]/i.test(value) && /\d/.test(value) && isNoTerm(value) && !isAmount(value) && !isNumberedWord(value);

/** Every shape here contains one of these. */
export const MAY_BE_OF_A_FILE =
  /"auth"|login\s|machine\s|(?:pass(?:wor[dt]|wd|phrase)?|pwd)["']?:\s|token["']?[\s:=]|\d:|\*:|value|kind["']?:|sensitive|<\/|\/>|[:=]\s*[|>]|session|sess|sid=|requirepass|response=|signature=/i;

/** Formats in which a password stands where its name alone does not lead to it. */
export const FILES: readonly SecretShape[] = [
  // Docker's config.json: Base64 of `user:password`.
  {
    shape: /("auth"\s*:\s*")([\w+/]{6,}={0,2})(?=")/g,
    isSecret: (value) => /^[\x20-\x7e]*:[\x20-\x7e]+$/.test(atob64(value)),
  },
  // The same in another order, or without a login.
  { shape: /(^[ \t]*machine\s+[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}\s+password\s+)(\S+)/gm },
  { shape: /(\b(?:machine\s+\S{1,200}|default)\s+password\s+)(\S+)(?=\s+login\s)/g },
  // .netrc, .pgpass (host:port:database:user:password).
  { shape: /(\b(?:machine\s+\S{1,200}|default)\s+login\s+\S{1,200}\s+(?:account\s+\S{1,200}\s+)?password\s+)(\S+)/g },
  {
    shape:
      /(^[ \t]*(?![\w.-]*\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|c|h|cpp|cs|md|log|txt|ya?ml|json):)(?:[\w.-]{1,100}|\*):(?:\d{4,5}|\*):(?!\d+:)[\w*.-]{1,64}:[\w*.@-]{1,64}:)([^\s:]{3,})(?=[ \t]*$)/gm,
  },
  // /etc/shadow without a known kind of hash is caught by the hash itself; Windows: user:id:LM:NT:::
  { shape: /(^[^\s:]{1,64}:\d{3,5}:)([\da-f]{32}:[\da-f]{32})(?=:::)/gim },
  // <password>…</password>; <add key="Password" value="…"/>; name and value side by side (Kubernetes, ECS, Actions).
  {
    shape: new RegExp(
      String.raw`(<[\w.:-]{0,40}${NAMES}[\w.-]{0,20}(?:\s[^<>\n]{0,100})?>\s*)([^<>\n\s][^<>\n]{2,199})(?=<\/)`,
      'gi',
    ),
  },
  {
    shape: new RegExp(
      String.raw`((?:key|name)["']?\s*[:=]\s*["']?[\w.:-]{0,40}${NAMES}["']?,?\s{1,40}["']?value["']?\s*[:=]\s*["']?)([^\s"',}<>]{4,})`,
      'gi',
    ),
    isSecret: (value) => !/^(?:true|false|null|string)$/.test(value),
  },
  {
    shape: new RegExp(
      String.raw`((?:key|name)["']?\s*:\s*["'][\w.:-]{0,40}${NAMES}["'],["']value["']\s*:\s*["'])([^\s"',}<>]{4,})`,
      'gi',
    ),
  },
  // YAML: a plain word, with a line of the same kind above it or below it, or under a name that only settings have.
  {
    shape: new RegExp(`(^(?=${YAML_KEY})(?<=^${YAML_LINE}\\r?\\n)${YAML_KEY})${YAML_WORD}(?=${YAML_END}$)`, 'gim'),
    isSecret: isPasswordOfYaml,
  },
  {
    shape: new RegExp(`(^${YAML_KEY})${YAML_WORD}(?=${YAML_END}\\r?\\n${YAML_LINE}$)`, 'gim'),
    isSecret: isPasswordOfYaml,
  },
  {
    shape: new RegExp(
      String.raw`(^[ \t]*(?:- )?(?:[A-Z][A-Z\d]{0,30}(?:_[A-Z\d]{1,30}){0,6}_(?:PASSWORD|PASSWD|PASS|PWD)|[a-z][\w-]{0,30}(?:\.[\w-]{1,30}){1,6}\.password):[ \t]+)${YAML_WORD}(?=${YAML_END}$)`,
      'gm',
    ),
    isSecret: isPlainPassword,
  },
  // Short tokens: letters and digits behind that very name.
  {
    shape:
      /((?<![\w.-])(?:--)?(?:[\w.-]{0,40}[_-])?token(?:["']?\s*[:=]\s*["']?|(?<=--[\w-]{0,40})\s+))([\w.~+-]{6,80})(?![\w(.[])/gi,
    isSecret: isShortToken,
  },
  // A YAML block.
  { shape: new RegExp(String.raw`(${NAMES}["']?:[ \t]*[|>][+-]?[ \t]*\r?\n[ \t]+)(\S[^\n]{3,})`, 'gi') },
  // Terraform's state and output.
  { shape: /("value"\s*:\s*")([^"\n]+)(?="\s*,\s*"type"\s*:\s*"string"\s*,\s*"sensitive"\s*:\s*true)/g },
  { shape: /("sensitive"\s*:\s*true\s*,\s*"type"\s*:\s*"string"\s*,\s*"value"\s*:\s*")([^"\n]+)/g },
  { shape: /("type"\s*:\s*"random_password"[\s\S]{0,600}?"result"\s*:\s*")([^"\n]+)/g },
  // Cookies; a session's own id (a UUID) is a fact of a report.
  {
    shape: /((?:session(?:_?id)?|sess(?:id)?|(?<![a-z])sid|csrftoken|xsrf-token|remember_token)=)([\w%.+/=~-]{16,})/gi,
    isSecret: (value) => isNoWord(value) && !/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/i.test(value),
  },
  // Digest's answer; AWS's signature.
  { shape: /(\bresponse="?)([\da-f]{32,64})\b/gi },
  { shape: /(\bSignature=)([\da-f]{64})\b/g },
];

/** Kubernetes: each value under `data:` of a Secret. */
export function hideSecretManifest(text: string, redacted: string): string {
  if (!/\bkind["']?\s*:\s*["']?Secret\b/.test(text)) return text;
  const yaml = text.replace(
    /^([ \t]*)((?:data|stringData):[ \t]*\r?\n)((?:\1[ \t]+[^\n]*(?:\n|$)){1,500})/gm,
    (_, indent: string, head: string, lines: string) =>
      `${indent}${head}${lines.replace(/^([ \t]*["']?[\w.-]+["']?:[ \t]*["']?)(?![|>])[^\s"'][^\n"']*/gm, `$1${redacted}`)}`,
  );
  return yaml.replace(
    /("(?:data|stringData)"\s*:\s*\{)([^{}]{0,20000})/g,
    (_, head: string, fields: string) => `${head}${fields.replace(/("\s*:\s*")[^"]+/g, `$1${redacted}`)}`,
  );
}

function atob64(value: string): string {
  return Buffer.from(value, 'base64').toString('latin1');
}

const CARD =
  /(?<![\w.,/+-]|\b(?:order|run|id|invoice|ticket|build)(?: |: | #|=))(?:[2456]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}|3[47]\d\d([ -]?)\d{6}\2\d{5})(?![\w/+-]|[.,]\d)/g;

/** Payment cards: the length and first digits of their issuers, and a right check digit (ISO/IEC 7812). */
export function hideCards(text: string, redacted: string): string {
  return text.replace(CARD, (number) => (isChecked(number.replaceAll(/\D/g, '')) ? redacted : number));
}

/** Luhn's sum. */
function isChecked(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
