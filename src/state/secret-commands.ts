import { isNoTerm, type SecretShape } from './secret-shape.ts';

/** A password as an argument: in quotes with blanks, or one word. */
const VALUE = String.raw`("[^"\n]+"|'[^'\n]+'|[^\s"'|;&)\`]+)`;
/** The same command goes on: no pipe, no semicolon, no new line that is not continued. */
const ON = String.raw`(?:[^\n|;&]|\\\r?\n){0,120}?\s`;

const behind = (what: string, flags = 'g'): SecretShape => ({ shape: new RegExp(`(${what})${VALUE}`, flags) });

/** An option of a program: `ldapsearch … -w X`. What the same letter means elsewhere is nobody's password. */
const option = (programs: string, options: string): SecretShape =>
  behind(String.raw`(?<![\w-])(?:${programs})(?:\.exe)?\b${ON}(?:${options})`);

/** Every command here contains one of these. */
export const MAY_BE_A_COMMAND =
  /\s[-/]{1,2}[A-Za-z]|<<<|\|\s*\w|\b(?:net|set|cf|rabbitmqctl|requirepass|masterauth|sqlplus|by|password|setx|setenv|env)\s|SSHPASS|REDISCLI|BINDPW|auth|:[^\s@]{4,100}@|cred|login/i;

/** What a log says of a login: `10:42:01 AUTH failed`. */
const OF_A_LOG =
  /^(?:fail(?:ed|ure|s)?|succe(?:ss|eded|eds)|error|required|accepted|rejected|denied|done|started|pending|expired|timeout|disabled|enabled|missing|invalid|handshake|requests?|respon[sd]\w*|command|header|token|module|service|flow)\d*\W*$/i;

/** Passwords on a command line, from the programs' own manual pages. */
export const COMMANDS: readonly SecretShape[] = [
  // The option's name says it for any program: keytool, jarsigner, openssl, gpg, influx, plink.
  behind(
    String.raw`\s--?(?:(?:src|dest)?(?:store|key)pass|pass(?:in|out)?|passwd|passphrase|pw)[\s=]+(?:pass:)?(?!(?:pass|env|file|fd|stdin|the|this|all|a)\b)(?=\S{4})`,
  ),
  // `docker login -p`, `az login -p`, `oc login -p`, `cf login -p`.
  option('login', String.raw`-p[\s=]*(?=\S{4})`),
  option('redis-cli|redis-benchmark|valkey-cli|keydb-cli', String.raw`-a[\s=]+`),
  option('ldap(?:search|modify|add|delete|passwd|whoami|compare|modrdn)', String.raw`-[ws]\s*(?=\S{3})`),
  option('openssl', String.raw`-[kK]\s+`),
  option(
    'mongo(?:sh|dump|restore|export|import|stat|top)?|cqlsh|psexec(?:64)?|rdesktop|smbmap|crackmapexec|netexec|nxc|twine|lftp',
    String.raw`-p[\s=]*(?!ort\b)`,
  ),
  option(
    'sqlcmd|bcp|osql|tsql|zip|unzip|ipmitool|mosquitto_(?:pub|sub|rr)|pure-pw|psftp',
    String.raw`-P[\s=]*(?=\S{4})`,
  ),
  option('7z[arz]?|rar|unrar', '-h?p'),
  option('sshpass', String.raw`-p\s*`),
  option('security', String.raw`-[wpP]\s+`),
  option('xfreerdp3?|wfreerdp|mstsc', '/p:'),
  option('schtasks', String.raw`/r?p\s+`),
  option('dotnet|nuget', String.raw`-(?:k|ApiKey)\s+`),
  option('curl|https?|xh|ab|hey', String.raw`(?:-[aUA]|--proxy-user|--auth)[\s=]+["']?[^\s:"']{1,64}:(?!\d+(?!\S))`),
  // Flags in one: `curl -su user:password`. There a number is a password, too.
  option('curl', String.raw`-[a-zA-Z]*u[\s=]*["']?(?!\d+:)[^\s:"']{1,64}:`),
  // `smbclient -U user%password`, `lftp -u user,password`.
  behind(String.raw`\s-U\s*["']?[\w.@\\/-]{1,64}%`),
  option('lftp|ncftp(?:get|put)?', String.raw`-u\s*[\w.@-]{1,64},`),
  option(
    'htpasswd|mosquitto_passwd',
    String.raw`-[a-zA-Z]*b[a-zA-Z]*(?:\s+-\S+(?:\s+\d+)?)*\s+\S+\s+(?!\$)(?:[\w.@-]+\s+(?=\S+\s*(?:$|[\n|;&\x60])))?`,
  ),
  // `npm config set _password X`, `aws configure set aws_secret_access_key X`.
  behind(
    String.raw`\bconfig(?:ure)?\s+set\s+[\w.:/@-]{0,80}(?:password|secret_access_key|secret|token|_auth)\s+(?=\S{4})`,
    'gi',
  ),
  // By their places: `net user NAME PASSWORD`, `net use X: \\HOST\SHARE PASSWORD`, `rabbitmqctl add_user NAME PASSWORD`.
  behind(String.raw`\bnet\s+user\s+(?!to\b|is\b)[\w.-]{1,64}\s+(?!/)(?=\S*[\d!@#$%^&*]|\S+\s+/)`, 'gi'),
  behind(String.raw`\bnet\s+use\s+(?:[A-Z*]:?\s+)?\\\\\S{1,200}\s+(?!/)`, 'gi'),
  behind(String.raw`\brabbitmqctl\s+(?:add_user|change_password|authenticate_user)\s+\S{1,64}\s+`),
  behind(String.raw`\bcf\s+auth\s+\S{1,64}\s+`),
  behind(String.raw`\bwpa_passphrase\s+\S{1,64}\s+`),
  behind(String.raw`\bnmcli\b[^\n|;&]{0,200}?\spassword\s+`),
  behind(String.raw`\bdscl\b[^\n|;&]{0,200}?-passwd\s+\S{1,200}\s+`),
  { shape: /(\b(?:sqlplus|expdp|impdp|rman\s+target)\s+(?:-\w+\s+)*\w{1,64}\/)([^\s"'@|;&]{3,})/g },
  // `echo PASSWORD | kinit`, `echo user:PASSWORD | chpasswd`; `kinit user <<< PASSWORD`.
  {
    shape: new RegExp(
      String.raw`(\b(?:echo|printf|print)\s+(?:-\w+\s+)*(?:["']?%s(?:\\n)?["']?\s+)?(?:["']?[\w.-]{1,64}:)?)${VALUE}(?=["']?\s*\|\s*(?:sudo\s+)?(?:chpasswd|passwd|kinit|cryptsetup|smbpasswd|vncpasswd|sudo\s+-\w*S|su\b|-S\b|gpg2?\s[^\n|]{0,80}--passphrase-fd|[^\n|]{1,120}--(?:\w+-)?(?:password|pass|token|passphrase)-stdin))`,
      'g',
    ),
  },
  behind(String.raw`\b(?:chpasswd|kinit|passwd|cryptsetup|sudo\s+-S)\b[^\n|;&]{0,100}?<<<\s*(?:["']?[\w.-]{1,64}:)?`),
  // Variables whose names do not say "password"; `ENV` of a Dockerfile, `setx`, `setenv`, fish's `set -x`.
  behind(String.raw`\b(?:SSHPASS|REDISCLI_AUTH|\w{0,30}BINDPW)\s*=\s*`),
  behind(
    String.raw`(?:^[ \t]*ENV|\bsetx|\bsetenv|\bset[ \t]+-[gUlfux]+)[ \t]+[A-Z\d_]{0,60}(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|TOKEN)[ \t]+(?!-)`,
    'gm',
  ),
  // In a program: `auth=('bob', 'hunter2')`, `HTTPBasicAuth("bob", "hunter2")`, `.auth('bob', 'hunter2')`.
  {
    shape:
      /((?:\bauth\s*=\s*\(|\b(?:HTTP)?(?:Basic|Digest)Auth\w*\(|\.auth\()\s*["'][^"'\n]{1,64}["']\s*,\s*)("[^"\n]+"|'[^'\n]+')/gi,
  },
  // `user:password@host` without a scheme. Not a package, an image or an address of mail.
  {
    shape:
      /((?<![\w/.@:+-])(?!(?:npm|jsr|pkg|crate|image|mailto|sips?|xmpp|acct|node|workspace|from|to|b?cc|reply-to|e-?mail|author|committer|owner|assignee)\b)[a-z_][\w.-]{0,63}:)([^\s:@/"']{4,100})(?=@(?!sha\d)(?:localhost\b|[a-z][\w-]{0,62}(?:\.[a-z][\w-]{0,62}){1,6}|[a-z][\w-]{0,62}:\d{2,5}\b|\d{1,3}(?:\.\d{1,3}){3}))/gi,
    isSecret: isNoTerm,
  },
  // "the login is bob:hunter2", `auth: bob:hunter2`.
  {
    shape:
      /(\b(?:cred(?:ential)?s?|log(?:in|[ -]?in as)|(?:basic[ _-]?)?auth|userpass)["']?(?:\s*[:=]\s*|\s+(?:is|are|with|as|of)\s+|\s+)["'`]?[a-z_][\w.@-]{0,63}:)([^\s:@/"'`,;)]{4,100})(?![\w:/])/gi,
    isSecret: isNoTerm,
  },
  // What a server is told: Redis, SQL, PowerShell.
  behind(String.raw`\b(?:requirepass|masterauth)["']?\s+`),
  {
    ...behind(
      String.raw`^[ \t]*(?:[\w.:>]{1,60}[ \t])?AUTH[ \t]+(?:\w+[ \t]+)?(?!LOGIN|PLAIN|CRAM|XOAUTH)(?=\S{4,100}[ \t]*$)`,
      'gm',
    ),
    isSecret: (value) => !OF_A_LOG.test(value),
  },
  { shape: /(\bIDENTIFIED\s+(?:WITH\s+\w+\s+)?BY\s+)("[^"\n]+"|'[^'\n]+')/gi },
  { shape: /(\b(?:USER|ROLE|LOGIN)\b[^\n;]{0,100}\sPASSWORD\s+)('[^'\n]+')/gi },
  { shape: /(\bConvertTo-SecureString\s+(?:-\w+\s+)*)("[^"\n]+"|'[^'\n]+'|[^\s"'$(|-]\S*)/gi },
];
