import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redactEvent } from '../../src/state/redact.ts';

describe('createRedactor', () => {
  const redact = createRedactor(['s3cret-of-mine', 's3cret-of-mine-and-more', 'ollama', 'lm-studio', 'short', '']);

  it.each([
    ['the key s3cret-of-mine.', 'the key [redacted].'],
    [`${'cut short '.repeat(8)}s3cret-of`, `${'cut short '.repeat(8)}[redacted]`],
    ['s3cret-of-mine-and-more', '[redacted]'],
    ['sk-ant-api03-AbC_def-123456789', '[redacted]'],
    ['sk-or-v1-0123456789abcdef', '[redacted]'],
    ['use sk-proj-abcdefghijklmnop, please', 'use [redacted], please'],
    ['gsk_abcdefghijklmnopqrst', '[redacted]'],
    ['AIzaSyA-abcdefghijklmnopqrstuvwxyz01234', '[redacted]'],
    ['https://x.test/v1?key=abcdef123456&alt=sse', 'https://x.test/v1?key=[redacted]&alt=sse'],
    ['authorization: Bearer abc.def-123', 'authorization: Bearer [redacted]'],
    ['{"x-api-key":"abcdef123456"}', '{"x-api-key":"[redacted]"}'],
    [`http://127.0.0.1:40123/${'aB3_-'.repeat(8)}xyz/v1/messages`, 'http://127.0.0.1:40123/[redacted]/v1/messages'],
    ['AKIAABCDEFGHIJKLMNOP', '[redacted]'],
    ['eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', '[redacted]'],
    ['postgres://app:hunter2@db.example/app', 'postgres://app:[redacted]@db.example/app'],
    ['valkey://:hunter2@team-cache:6379/0', 'valkey://:[redacted]@team-cache:6379/0'],
    ['mongodb+srv://u:p%40ss@c.example', 'mongodb+srv://u:[redacted]@c.example'],
    ['git clone https://0123456789abcdefghij@git.example/x', 'git clone https://[redacted]@git.example/x'],
    ['glpat-abcdefghij0123456789', '[redacted]'],
    ['xoxb-123456789012-abcdefghijkl', '[redacted]'],
    ['npm_abcdefghijklmnopqrstuvwxyz0123456789', '[redacted]'],
    ['gho_abcdefghijklmnopqrstuvwx', '[redacted]'],
    ['sk_live_abcdefghijklmnop1234', '[redacted]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----', '[redacted]'],
    ['key -----BEGIN PRIVATE KEY-----\\nMIIEow', 'key [redacted]'],
    ['password=hunter2', 'password=[redacted]'],
    ['{"db_password": "hunter2!"}', '{"db_password": "[redacted]"}'],
    ['PGPASSWORD=secretword psql', 'PGPASSWORD=[redacted] psql'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'AWS_SECRET_ACCESS_KEY=[redacted]'],
    ['SOME_TOKEN: 5f0c1d9e-1111-4000-8000-00000000a001', 'SOME_TOKEN: [redacted]'],
    ['Authorization: Basic dXNlcjpodW50ZXIy', 'Authorization: Basic [redacted]'],
    ['curl -u admin:hunter2 https://x.test', 'curl -u admin:[redacted] https://x.test'],
    ['curl -uadmin:hunter2 https://x.test', 'curl -uadmin:[redacted] https://x.test'],
    ['mysql -u root -phunter2 db', 'mysql -u root -p[redacted] db'],
    ['sshpass -p hunter2 ssh x', 'sshpass -p [redacted] ssh x'],
    ['machine x.test login me password hunter2', 'machine x.test login me password [redacted]'],
    ['//x.test/:_auth=dXNlcjpodW50ZXIy', '//x.test/:_auth=[redacted]'],
    ['the header "Basic dXNlcjpodW50ZXIyMTIz"', 'the header "Basic [redacted]"'],
    ['postgres://app:pa/ss@word@db.example/app', 'postgres://app:[redacted]@db.example/app'],
    [
      'jdbc:sqlserver://h:1433;user=a;password=hunter2;encrypt=true',
      'jdbc:sqlserver://h:1433;user=a;password=[redacted];encrypt=true',
    ],
    ['AccountName=x;AccountKey=q7Zx91LmP0vTyRk3Bn8WcE5d==;', 'AccountName=x;AccountKey=[redacted];'],
    ['https://x.test/c?sp=r&sig=q7Zx91LmP0vTyRk3%3D', 'https://x.test/c?sp=r&sig=[redacted]'],
    ['https://x.test/o?X-Goog-Signature=fe5f80f77d5f', 'https://x.test/o?X-Goog-Signature=[redacted]'],
    ['https://x.test/cb?code=4/0AX4XfWh7Zx91LmP0v&state=1', 'https://x.test/cb?code=[redacted]&state=1'],
    ['https://hooks.slack.com/services/T00/B00/q7Zx91LmP0v', 'https://hooks.slack.com/services/[redacted]'],
    ['https://discord.com/api/webhooks/1234/q7Zx91LmP0v', 'https://discord.com/api/webhooks/[redacted]'],
    ['Cookie: session=q7Zx91LmP0v; theme=dark', 'Cookie: [redacted]'],
    ['eyJhbGciOiJSU0EifQ.q7Zx91Lm.P0vTyRk3.Bn8WcE5d.Hj2Gf6Us', '[redacted]'],
    ['-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOYBG\n-----END PGP PRIVATE KEY BLOCK-----', '[redacted]'],
    ['Private-Lines: 1\nAAAAIGq7Zx91LmP0v', 'Private-Lines: 1\n[redacted]'],
    ['bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc', 'bot[redacted]'],
    ['MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs', '[redacted]'],
    ['sbp_0123456789abcdef0123456789abcdef01234567', '[redacted]'],
    ['key-0123456789abcdef0123456789abcdef', '[redacted]'],
    ['0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp', '[redacted]'],
    ['abc8Q~q7Zx91LmP0vTyRk3Bn8WcE5dHj2Gf6Us', '[redacted]'],
    ['rzp_live_q7Zx91LmP0vTyR', '[redacted]'],
    ['dp.pt.q7Zx91LmP0vTyRk3Bn8WcE5dHj2Gf6Usabcd', '[redacted]'],
    ['whoever_q7Zx91LmP0vTyRk3Bn8WcE5dHj2Gf6Us', '[redacted]'],
    ['anybody-at-q7Zx91LmP0vTyRk3Bn8WcE5dHj2Gf6Us', '[redacted]'],
    ['gh --token q7Zx91LmP0vTyRk3', 'gh --token [redacted]'],
    ['tool --password hunter2 --verbose', 'tool --password [redacted] --verbose'],
    ['DB_PASS=hunter2', 'DB_PASS=[redacted]'],
    ['{"user":"a","pass":"hunter2"}', '{"user":"a","pass":"[redacted]"}'],
    ['password: "correct horse battery"', 'password: "[redacted]"'],
    ["SECRET_KEY = 'django-$5@^8(z&k)=q!w'", "SECRET_KEY = '[redacted]'"],
    ['{\\"password\\":\\"hunter2\\"}', '{\\"password\\":\\"[redacted]\\"}'],
    ['my token is q7Zx91LmP0vTyRk3.', 'my token is [redacted]'],
    ['the password is hunter2!', 'the password is [redacted]'],
    ['tls.key: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlF', 'tls.key: [redacted]'],
    [`x ${`LS0tLS1CRUdJTi${'aB3d'.repeat(12)}\n`.repeat(2)}y`, 'x [redacted]\ny'],
    ['"passphrase":"//A1b2/+"', '"passphrase":"[redacted]"'],
    ['docker login -u me -p hunter2', 'docker login -u me -p [redacted]'],
    ['pw=hunter2 and "db_pw": "hunter2"', 'pw=[redacted] and "db_pw": "[redacted]"'],
    ['My passcode: 84213', 'My passcode: [redacted]'],
    ['password: |\n  hunter2!', 'password: |\n  [redacted]'],
    ['API_KEY=\\\n  q7Zx91LmP0vTyRk3', 'API_KEY=\\\n  [redacted]'],
    ['its passphrase "hunter 2 horses"', 'its passphrase "[redacted]"'],
  ])('%s', (text, clean) => expect(redact(text)).toBe(clean));

  it.each([
    ['a placeholder that is also a name', 'ollama and lm-studio are short'],
    ['a word with a prefix in it', 'the task-runner asks for a disk-scheduler-rewrite'],
    ['a request id', 'req_011CVabcdefghijkl'],
    ['a local address without a token', 'http://127.0.0.1:11434/v1/chat/completions'],
    ['prose', 'the bearer of this letter'],
    ['prose about a password', 'the password: required; a basic authorization is enough'],
    ['counts', 'max_tokens: 64000 and input_tokens=1234567890123'],
    ['code', 'const password = process.env.PASSWORD; token = getToken(); key: string'],
    ['a variable', 'GEMINI_API_KEY=$KEY and password=${DB_PASSWORD}'],
    ['words like a prefix', 'global-configuration-of-things, glass-house-builders'],
    ['a name', 'cacheKey: "gemini-pro-latest", key=ArrowDown, monkey=banana'],
    ['an address with a port', 'http://proxy.example:8080/a@b and https://x.test:8080?mail=a@b'],
    [
      'ids of answers',
      'msg_01XFDUDYJgAACzvnptvVoYEL chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT gen-1732204389-AbCdEfGhIjKlMnOpQrSt',
    ],
    ['a commit and a session', '5f0c1d9e1111400080000000a0010123456789ab 5f0c1d9e-1111-4000-8000-00000000a001'],
    ['where a secret lies', '--token-file ./token.txt --password-stdin secretName: my-app-secret-2'],
    ['options that count', '--max-tokens 4096, docker run -u 1000:1000, mysql -port 3306'],
    ['ports of a container', 'docker run -p 8080:80 login'],
    ['a quoted word', 'the token "comma" ends it, and a password "required" is a mistake'],
    ['a count of tests', 'pass: 1234, fail: 0'],
    ['names of functions', 'run_prod_migrations_and_seed e2e_test_login_as_admin compass=north bypass=always'],
    ['prose about keys', 'press any key is fine; the token was lost; Basic understanding; the key is to read on'],
    ['a checksum', 'sha512-AbCdEf0123456789AbCdEf0123456789AbCdEf=='],
    ['models', 'us.anthropic.claude-sonnet-4-20250514-v1:0 gemini-3.1-pro-preview-customtools'],
    ['a reason', '429 (tokens per minute)'],
    [
      'an address whose scheme ends like a name',
      'expected valkey://team-cache-17:6379/0 or rediss://me:${PASSWORD}@host',
    ],
  ])('leaves alone: %s', (_, text) => expect(redact(text)).toBe(text));

  it('lets no known secret through, wherever it stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9$.*+?()[\]]{16,40}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (key, before, after) => {
        expect(createRedactor([key])(`${before}${key}${after}`)).not.toContain(key);
      }),
    );
  });
});

it('lets nothing random through behind a name that speaks of secrets', () => {
  const redact = createRedactor([]);
  const name = fc.constantFrom('API_KEY', 'db_password', 'clientSecret', 'ACCESS_TOKEN', 'PASSPHRASE', 'x.signing-key');
  const sign = fc.constantFrom('=', ': ', '":"', ' = ', ': "');
  const secret = fc
    .stringMatching(/^[A-Za-z0-9+/_-]{24,44}$/)
    .filter((text) => /\d/.test(text) && new Set(text).size > 10);
  fc.assert(
    fc.property(name, sign, secret, (one, between, value) => {
      expect(redact(`set ${one}${between}${value} now`)).not.toContain(value);
    }),
  );
});

it('is quick with any text', () => {
  const redact = createRedactor([]);
  for (const text of [
    'a:'.repeat(20_000),
    '://'.repeat(10_000),
    'a://b:'.repeat(10_000),
    'a_b-'.repeat(10_000),
    ' --key'.repeat(10_000),
    'curl '.repeat(10_000),
    'Aa1'.repeat(20_000),
    'machine x login '.repeat(5_000),
    'key key\n'.repeat(10_000),
    'key='.repeat(10_000),
    '-----BEGIN '.repeat(5_000),
    'secret'.repeat(10_000),
    'token-'.repeat(10_000),
    `password ${'a.'.repeat(20_000)} https://x.test`,
    `requirepass ${'\n'.repeat(40_000)}`,
    'eyJaaaaaaaaaaaaaaaaaaaaaaaaa\n'.repeat(2_000),
    'curl -a '.repeat(8_000),
    'mot de passe a b c '.repeat(4_000),
    'kind: Secret\ndata:\n a: b\n'.repeat(3_000),
    'a: b\npassword: wxyz\n'.repeat(5_000),
    'A_PASSWORD'.repeat(10_000),
    `${'a'.repeat(65_000)}=`,
  ]) {
    expect(redact(text).length).toBeGreaterThan(0);
  }
});

describe('redactEvent', () => {
  it('takes secrets out of every string of an event, and leaves its type and numbers', () => {
    const redact = createRedactor(['correct-horse-42', 'session-end-and-more']);
    expect(
      redactEvent(
        {
          type: 'translation-warn',
          exchange: 7,
          provider: 'gemini',
          warnings: [{ what: 'image', detail: 'GET with correct-horse-42 "and" sk-ant-api03-abcdefgh12' }],
          at: 1_795_334_933_861,
        },
        redact,
      ),
    ).toEqual({
      type: 'translation-warn',
      exchange: 7,
      provider: 'gemini',
      warnings: [{ what: 'image', detail: 'GET with [redacted] "and" [redacted]' }],
      at: 1_795_334_933_861,
    });
  });
});
