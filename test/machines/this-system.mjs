// npm run test:system: a failover on the system that this runs on, with the built ccmux and Node alone, so that it also
// runs where the tests' own tools do not. `claude` is a stand-in, installed as npm installs the real one: a link, or on
// Windows a script. Prints what it has seen, and ends with 1 at the first thing that is not as it should be.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

const isWindows = process.platform === 'win32';
const ccmux = path.join(import.meta.dirname, '..', '..', 'bin', 'ccmux.js');
// A blank in the path, as in many a user's name.
const base = mkdtempSync(path.join(realpathSync(tmpdir()), 'ccmux system '));
/** What ends a word, a line or an argument in one shell or another. */
const PROMPT = ['two\nlines', '%PATH% $HOME & "quoted" ^x | y', 'C:\\a b\\', ''];

/** The last line is npm's (cmd-shim 9). */
const SHIM = `@ECHO off
SETLOCAL
SET dp0=%~dp0
SET "_prog=node"
endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & set PATHEXT=%PATHEXT:;.JS;=;% & "%_prog%"  "%dp0%\\node_modules\\@anthropic-ai\\claude-code\\cli.js" %*
`;

const servers = [];
try {
  const limited = await startHost((response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3600' });
    response.end(JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'This is a limit.' } }));
  });
  const keys = [];
  const other = await startHost((response, request) => {
    keys.push(request.headers['x-api-key']);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'other',
        stop_reason: 'end_turn',
        content: [{ type: 'text', text: 'answered by the other' }],
        usage: { input_tokens: 1, output_tokens: 1 },
      }),
    );
  });

  const env = environment(limited);
  const project = path.join(base, 'my project');
  mkdirSync(path.join(project, '.git'), { recursive: true });
  // As Windows' own editors write it.
  writeFileSync(path.join(project, '.ccmuxrc'), '\uFEFF{\r\n  "report": { "previews": false }\r\n}\r\n');
  const config = (await run(['config', 'path'], env, project)).stdout;
  const file = /^yours +(.+config\.yaml)/m.exec(config)?.[1];
  assert.ok(file, config);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    [
      '\uFEFForder: [claude, other]',
      'providers:',
      '  other:',
      '    kind: anthropic',
      `    baseUrl: ${other}`,
      // A shell's own word, whose line ends as lines end on this system.
      '    apiKeyCommand: echo key-of-the-other',
      '    models: { default: other }',
      '',
    ].join('\r\n'),
  );
  said('configuration with the marks and lines of Windows', file);

  const session = await run(['claude', '-p', ...PROMPT], env, project);
  const client = JSON.parse(readFileSync(path.join(base, 'client.json'), 'utf8'));
  const [option, settings, ...given] = client.arguments;
  assert.equal(option, '--settings', session.stderr);
  assert.deepEqual(given, ['-p', ...PROMPT]);
  said('every argument arrived as it was given', JSON.stringify(PROMPT));
  assert.equal(existsSync(settings), false);
  said('the session’s own file is gone', settings);
  assert.match(client.withoutProxy, /(^|,)127\.0\.0\.1(,|$)/);
  assert.equal(session.code, 7, session.stderr);
  said('claude’s own status is ccmux’s', session.code);
  assert.match(session.stdout, /answered by the other/);
  assert.deepEqual(keys, ['key-of-the-other']);
  const line = session.stderr.split('\n').find((each) => /Claude: 429 .*answered by other/.test(each));
  assert.ok(line, session.stderr);
  said('a failover', line);

  const report = JSON.parse((await run(['report', '--json'], env, project)).stdout);
  assert.equal(report.exitCode, 7);
  said('a report of the session', report.session);
  const both = await Promise.all([1, 2].map(() => run(['claude', '-p', 'hi'], env, project)));
  assert.deepEqual(
    both.map(({ code }) => code),
    [7, 7],
    both.map(({ stderr }) => stderr).join(''),
  );
  const { stdout } = await run(['status', '--json'], env, project);
  assert.ok(JSON.parse(stdout));
  said(
    'two sessions at once',
    both.map(({ code }) => code),
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const server of servers) server.close();
  rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

function said(what, seen) {
  process.stdout.write(`ok  ${what} · ${seen}\n`);
}

async function startHost(answer) {
  const server = createServer((request, response) => request.resume().on('end', () => answer(response, request)));
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

/** Of a user who has nothing but this, behind a proxy that answers nobody. */
function environment(claude) {
  const bin = path.join(base, 'npm global');
  installClient(bin);
  const kept = ['SystemRoot', 'windir', 'ComSpec', 'PATHEXT', 'LANG', 'TERM', 'NODE_SKIP_PLATFORM_CHECK'];
  const own = Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  const home = path.join(base, 'home');
  const temporary = path.join(base, 'tmp');
  mkdirSync(temporary);
  return {
    ...own,
    HOME: home,
    USERPROFILE: home,
    APPDATA: path.join(home, 'AppData', 'Roaming'),
    LOCALAPPDATA: path.join(home, 'AppData', 'Local'),
    TEMP: temporary,
    TMP: temporary,
    TMPDIR: temporary,
    // As Windows spells it.
    [isWindows ? 'Path' : 'PATH']: [bin, process.env.PATH].join(path.delimiter),
    ANTHROPIC_BASE_URL: claude,
    HTTP_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1',
    STAND_IN_OUT: path.join(base, 'client.json'),
  };
}

function installClient(bin) {
  const program = path.join(bin, 'node_modules', '@anthropic-ai', 'claude-code', 'cli.js');
  mkdirSync(path.dirname(program), { recursive: true });
  writeFileSync(
    path.join(path.dirname(program), 'package.json'),
    '{"name":"@anthropic-ai/claude-code","version":"2.1.330","type":"module"}',
  );
  copyFileSync(path.join(import.meta.dirname, 'stand-in.mjs'), program);
  chmodSync(program, 0o755);
  if (isWindows) writeFileSync(path.join(bin, 'claude.cmd'), SHIM.replaceAll('\n', '\r\n'));
  else symlinkSync(program, path.join(bin, 'claude'));
}

async function run(args, env, cwd) {
  const child = spawn(process.execPath, [ccmux, ...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => (texts[name] += chunk));
  const [code] = await once(child, 'close');
  return { code, ...texts };
}
