import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readArguments } from '../../src/launch/arguments.ts';
import { ACTING_TOOLS } from '../../src/claude/approval.ts';
import { prepareSettings } from '../../src/launch/settings.ts';

const url = 'http://127.0.0.1:4711/secret';
const ours = (route: string, more: object = {}) => [
  { ...more, hooks: [{ type: 'http', url: `${url}/ccmux/hooks/${route}`, timeout: 2 }] },
];
const OURS = {
  Stop: ours('stop'),
  PreToolUse: ours('pre-tool-use', { matcher: ACTING_TOOLS }),
  PostToolUse: ours('post-tool-use'),
  UserPromptSubmit: ours('user-prompt-submit'),
};

type Files = Partial<Record<'managed' | 'managedPart' | 'local' | 'project' | 'user' | 'own', unknown>>;

/** A machine with these settings files, in a trusted project unless it is said otherwise. */
function machine(files: Files = {}, more: { trusted?: boolean; env?: Record<string, string> } = {}) {
  const base = mkdtempSync(join(tmpdir(), 'ccmux-settings-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const places = {
    managed: join(base, 'managed', 'managed-settings.json'),
    managedPart: join(base, 'managed', 'managed-settings.d', '10-part.json'),
    local: join(base, 'repo', '.claude', 'settings.local.json'),
    project: join(base, 'repo', 'sub', '.claude', 'settings.json'),
    user: join(base, 'config', 'settings.json'),
    own: join(base, 'own', 'own.json'),
  };
  const cwd = join(base, 'repo', 'sub');
  const write = (path: string, content: unknown) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  };
  mkdirSync(join(base, 'repo', '.git'), { recursive: true });
  mkdirSync(cwd, { recursive: true });
  write(join(base, 'config', '.claude.json'), {
    projects: { [join(base, 'repo')]: { hasTrustDialogAccepted: more.trusted ?? true } },
  });
  write(join(base, 'footer.js'), '');
  for (const [name, content] of Object.entries(files)) write(places[name as keyof typeof places], content);

  const env = { HOME: base, CLAUDE_CONFIG_DIR: join(base, 'config'), ...more.env };
  const prepare = (...args: string[]) => {
    const invocation = readArguments(args);
    if (invocation.kind !== 'session') throw new Error('not a session');
    const prepared = prepareSettings({
      args,
      invocation,
      env,
      cwd,
      url,
      firstParty: { wanted: true, ignored: false },
      footer: join(base, 'footer.js'),
      folder: join(base, 'private', 'ccmux'),
      managed: join(base, 'managed'),
    });
    onTestFinished(() => void prepared.dispose());
    const written = prepared.file === undefined ? undefined : JSON.parse(readFileSync(prepared.file, 'utf8'));
    return { ...prepared, written };
  };
  return { base, places, prepare, write };
}

const at = (address: string) => ({ env: { ANTHROPIC_BASE_URL: address } });

it('gives a session its address, hooks and footer in a file that only the user can read', () => {
  const { prepare } = machine();
  const { args, file, written, notices, dispose } = prepare('hello');
  expect(args).toEqual(['--settings', file, 'hello']);
  expect(written).toMatchObject({
    env: {
      ANTHROPIC_BASE_URL: url,
      CCMUX_SESSION: `${url}/ccmux`,
      CCMUX_LAUNCHED: '',
      NO_PROXY: '127.0.0.1,localhost',
    },
    hooks: OURS,
    statusLine: { type: 'command', command: expect.stringContaining('footer.js') },
  });
  expect(notices).toBe('claude');
  expect(args.join(' ')).not.toContain('secret');
  expect(written.statusLine.command).not.toContain('secret');
  expect(statSync(file!).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(file!)).mode & 0o777).toBe(0o700);
  dispose();
  expect(existsSync(file!)).toBe(false);
});

it.each<[string, Files, string]>([
  ['nothing', {}, 'https://api.anthropic.com'],
  ['the user', { user: at('http://user') }, 'http://user'],
  ['the project over the user', { user: at('http://user'), project: at('http://project') }, 'http://project'],
  ['the local file over the project', { project: at('http://project'), local: at('http://local') }, 'http://local'],
  ['managed settings over all', { local: at('http://local'), managed: at('http://managed') }, 'http://managed'],
  ['a later managed file', { managed: at('http://managed'), managedPart: at('http://part') }, 'http://part'],
  ['a broken file passed over', { user: '{ not json', project: at('http://project') }, 'http://project'],
  ['an empty address passed over', { user: at('http://user'), project: at('') }, 'http://user'],
])('finds the upstream: %s', (_, files, expected) => {
  expect(machine(files).prepare().address.current()).toBe(expected);
});

it('finds the upstream in the environment, under the settings files', () => {
  const env = { ANTHROPIC_BASE_URL: 'http://shell' };
  expect(machine({}, { env }).prepare().address.current()).toBe('http://shell');
  expect(
    machine({ user: at('http://user') }, { env })
      .prepare()
      .address.current(),
  ).toBe('http://user');
});

it("finds the upstream in the user's own --settings, over the files", () => {
  const { prepare, places } = machine({ local: at('http://local'), own: at('http://own') });
  expect(prepare('--settings', places.own).address.current()).toBe('http://own');
  expect(prepare(`--settings=${JSON.stringify(at('http://json'))}`).address.current()).toBe('http://json');
});

it('does not follow the address of a project that the user has not trusted, as Claude Code does not', () => {
  const { prepare } = machine({ local: at('http://evil'), user: at('http://user') }, { trusted: false });
  expect(prepare().address.current()).toBe('http://user');
  expect(prepare('-p').address.current()).toBe('http://evil');
});

it('reads only the files that the command line leaves on', () => {
  const { prepare } = machine({ local: at('http://local'), user: at('http://user') });
  expect(prepare('--setting-sources', 'user').address.current()).toBe('http://user');
  expect(prepare('--restricted').address.current()).toBe('https://api.anthropic.com');
});

it('takes the outer session as its upstream', () => {
  const outer = 'http://127.0.0.1:99/outer';
  const env = { ANTHROPIC_BASE_URL: outer, CCMUX_SESSION: `${outer}/ccmux` };
  expect(
    machine({ user: at('http://user') }, { env })
      .prepare()
      .address.current(),
  ).toBe(outer);
});

it("merges the user's own --settings and leaves every other argument in its place", () => {
  const own = {
    model: 'opus',
    env: { MINE: '1', NO_PROXY: 'corp.example' },
    hooks: { Stop: [{ hooks: [{ type: 'command', command: 'mine' }] }], Notification: [] },
    statusLine: { type: 'command', command: 'my line', padding: 2 },
    permissions: { deny: ['Read(/secret/**)', 'Read(//etc/**)', 'Bash(/bin/rm *)', 'Edit(~/x)'], defaultMode: 'plan' },
  };
  const { prepare, places, base } = machine({ own });
  const { args, file, written, statusLine } = prepare('-c', '--settings', places.own, 'hello');
  expect(args).toEqual(['-c', '--settings', file, 'hello']);
  expect(written).toMatchObject({
    model: 'opus',
    env: {
      MINE: '1',
      ANTHROPIC_BASE_URL: url,
      NO_PROXY: 'corp.example,127.0.0.1,localhost',
      CCMUX_STATUS_LINE: 'my line',
    },
    hooks: { ...OURS, Stop: [own.hooks.Stop[0], ...OURS.Stop], Notification: [] },
    statusLine: { padding: 2, command: expect.stringContaining('footer.js') },
    permissions: {
      // A rule with one slash counts from the folder of its own file.
      deny: [`Read(/${base}/own/secret/**)`, 'Read(//etc/**)', 'Bash(/bin/rm *)', 'Edit(~/x)'],
      defaultMode: 'plan',
    },
  });
  expect(statusLine()).toBe('my line');
  expect(JSON.parse(readFileSync(places.own, 'utf8'))).toEqual(own);
});

it.skipIf(process.platform === 'win32')(
  'keeps the paths of the own --settings where they were, also behind a link',
  () => {
    const own = {
      permissions: { deny: ['Read(/secret/**)'], additionalDirectories: ['beside'] },
      sandbox: {
        enabled: true,
        filesystem: {
          denyRead: ['secret', './a/../b', ' c ', '/etc', '//etc', '~', '~/x', 'C:\\x'],
          allowWrite: ['out'],
        },
        credentials: { files: [{ path: 'keys/a', mode: 'deny' }, { path: '~/b', mode: 'deny' }, 'no file'] },
        network: { allowedDomains: ['example.com'] },
      },
    };
    const { prepare, places, base } = machine({ own });
    const link = join(base, 'link.json');
    symlinkSync(places.own, link);
    const folder = join(realpathSync(base), 'own');
    for (const path of [places.own, link]) {
      expect(prepare('--settings', path).written).toMatchObject({
        permissions: { deny: [`Read(/${folder}/secret/**)`], additionalDirectories: ['beside'] },
        sandbox: {
          enabled: true,
          filesystem: {
            denyRead: [`${folder}/secret`, `${folder}/b`, `${folder}/c`, '/etc', '//etc', '~', '~/x', 'C:\\x'],
            allowWrite: [`${folder}/out`],
          },
          credentials: {
            files: [{ path: `${folder}/keys/a`, mode: 'deny' }, { path: '~/b', mode: 'deny' }, 'no file'],
          },
          network: { allowedDomains: ['example.com'] },
        },
      });
    }
  },
);

it.each<[string, Files, string[], string | undefined]>([
  ['a host sends the settings on stdin', {}, ['--initialize-fields=settings'], undefined],
  [
    'and the files name an address, which is above ours then',
    { user: at('http://user') },
    ['--initialize-fields=settings'],
    'ANTHROPIC_BASE_URL',
  ],
])('adds no --settings where %s', (_, files, args, elsewhere) => {
  const { prepare } = machine(files);
  expect(prepare(...args)).toMatchObject({ args, notices: 'exit' });
  expect(prepare(...args).file).toBeUndefined();
  expect(prepare(...args).elsewhere).toBe(elsewhere);
});

it.each([
  ['a missing file', 'missing.json'],
  ['broken JSON', '{"env": '],
  ['an env that is no object', '{"env": "x"}'],
  ['hooks that are no list', '{"hooks": {"Stop": {}}}'],
])('leaves it to Claude Code to complain about %s', (_, value) => {
  const { prepare } = machine();
  const { args, file, notices } = prepare('--settings', value, 'hello');
  expect(args).toEqual(['--settings', value, 'hello']);
  expect(file).toBeUndefined();
  expect(notices).toBe('exit');
});

it.each<[string, Files, string[]]>([
  ['the user', { user: { disableAllHooks: true } }, []],
  ['the project', { project: { disableAllHooks: true }, user: { disableAllHooks: false } }, []],
  ['the administrator', { managed: { allowManagedHooksOnly: true } }, []],
  ["an administrator's list of addresses", { managed: { allowedHttpHookUrls: [] } }, []],
  ['--bare', {}, ['--bare']],
])('keeps its notices for the exit when hooks are silenced by %s', (_, files, args) => {
  const { notices, written } = machine(files).prepare(...args);
  expect(notices).toBe('exit');
  expect(written).not.toHaveProperty('hooks');
  expect(written).not.toHaveProperty('statusLine');
  expect(written).not.toHaveProperty('disableAllHooks');
});

it('lists its hooks where the user lists what hooks may call', () => {
  const { prepare } = machine({ user: { allowedHttpHookUrls: ['https://hooks.example/*'] } });
  expect(prepare().written.allowedHttpHookUrls).toEqual([`${url}/ccmux/*`]);
});

it.skipIf(process.platform === 'win32')('leaves the user’s own status line when ours has been taken away', () => {
  const statusLine = { type: 'command', command: 'read line; echo "mine: $line"' };
  const { prepare, base } = machine({ user: { statusLine } });
  const { written } = prepare();
  const shown = (env: Record<string, string> = {}) =>
    spawnSync('/bin/sh', ['-c', written.statusLine.command], { input: 'stdin\n', env, encoding: 'utf8' });
  writeFileSync(join(base, 'footer.js'), 'process.stdout.write("ours")');
  expect(shown(written.env).stdout).toBe('ours');
  rmSync(join(base, 'footer.js'));
  expect(shown(written.env)).toMatchObject({ stdout: 'mine: stdin\n', stderr: '', status: 0 });
  // Without a line of the user's there is none.
  expect(shown({ CCMUX_STATUS_LINE: '' })).toMatchObject({ stdout: '', stderr: '', status: 0 });
});

it('adds neither hooks nor footer to -p', () => {
  const { written } = machine().prepare('-p', 'hello');
  expect(Object.keys(written)).toEqual(['env']);
});

it.each<[string, Files, string]>([
  ['a cloud platform', { user: { env: { CLAUDE_CODE_USE_BEDROCK: '1' } } }, 'CLAUDE_CODE_USE_BEDROCK'],
  ["an administrator's address", { managed: at('https://gateway.example') }, 'ANTHROPIC_BASE_URL'],
])('says when requests go elsewhere: %s', (_, files, expected) => {
  expect(machine(files).prepare().elsewhere).toBe(expected);
});

it.each(['MANTLE', 'ANTHROPIC_AWS', 'ANTHROPIC_GOOGLE_CLOUD', 'VERTEX', 'FOUNDRY'])(
  'knows the platform CLAUDE_CODE_USE_%s',
  (name) => {
    const variable = `CLAUDE_CODE_USE_${name}`;
    expect(machine({}, { env: { [variable]: 'true' } }).prepare().elsewhere).toBe(variable);
    expect(machine({}, { env: { [variable]: '0' } }).prepare().elsewhere).toBeUndefined();
  },
);

it.each([
  ['Host: gw.example', true],
  ['X-A: b\nhost : gw.example', true],
  ['Origin: https://corp.example', true],
  ['X-Host: gw.example', false],
  ['X-A: host: b', false],
])('a header that our own server would refuse leaves the session to claude: %j', (headers, isPast) => {
  const { prepare } = machine({}, { env: { ANTHROPIC_CUSTOM_HEADERS: headers } });
  expect(prepare().elsewhere).toBe(isPast ? 'ANTHROPIC_CUSTOM_HEADERS' : undefined);
});

it('knows a socket that goes before every address, and that a gateway does not', () => {
  const socket = machine({}, { env: { ANTHROPIC_UNIX_SOCKET: '/run/claude.sock' } });
  expect(socket.prepare().elsewhere).toBe('ANTHROPIC_UNIX_SOCKET');
  const gateway = machine({}, { env: { CLAUDE_CODE_USE_GATEWAY: '1', ANTHROPIC_BASE_URL: 'https://gateway.example' } });
  expect(gateway.prepare().address.current()).toBe('https://gateway.example');
  expect(gateway.prepare().elsewhere).toBeUndefined();
});

it("hands on the network settings of the user's files", () => {
  const user = { env: { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'y' } };
  const { prepare } = machine({ user }, { env: { NO_PROXY: 'x', no_proxy: 'z' } });
  expect(prepare().network).toEqual({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'x', no_proxy: 'y' });
});

it('sweeps away what crashed sessions left, and only that', () => {
  const { base, prepare } = machine();
  const folder = join(base, 'private', 'ccmux');
  mkdirSync(folder, { recursive: true });
  // Process ids end far below this one.
  writeFileSync(join(folder, '999999999-00ff.json'), '{}');
  writeFileSync(join(folder, `${process.pid}-00ff.json`), '{}');
  writeFileSync(join(folder, 'notes.json'), '{}');
  prepare();
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  expect(files).toHaveLength(3);
  expect(files).not.toContain('999999999-00ff.json');
});

it('closes a folder of its own that others could read', () => {
  const { base, prepare } = machine();
  const folder = join(base, 'private', 'ccmux');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  prepare();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

it('knows the Claude models that the client goes to by itself', () => {
  const asSetting = { user: { fallbackModel: ['sonnet', 'haiku'] }, project: { fallbackModel: 'opus' } };
  expect(machine().prepare().fallbackModels).toEqual([]);
  expect(machine(asSetting).prepare().fallbackModels).toEqual(['opus']);
  expect(machine(asSetting).prepare('--fallback-model', 'haiku').fallbackModels).toEqual(['haiku']);
});

it('notes what its file says once the session is in the background without ccmux', () => {
  const own = { env: { MINE: '1', NO_PROXY: 'corp' }, statusLine: { type: 'command', command: 'mine' } };
  const { file } = machine({ own, user: { hooks: { Stop: [] } } }, { env: { no_proxy: 'lan' } }).prepare(
    '--settings',
    JSON.stringify(own),
  );
  const { settings } = JSON.parse(readFileSync(`${file}.handover`, 'utf8'));
  expect(JSON.parse(settings)).toEqual({
    ...own,
    env: {
      MINE: '1',
      NO_PROXY: 'corp',
      no_proxy: 'lan',
      ANTHROPIC_BASE_URL: 'https://api.anthropic.com',
      _CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL: '',
      CCMUX_SESSION: '',
      CCMUX_LAUNCHED: '',
      CCMUX_STATUS_LINE: '',
    },
  });
});

it('reads the user’s own allow rules as the files hold them now', () => {
  const { prepare, places, write } = machine({
    user: { permissions: { allow: ['Edit'] } },
    project: { permissions: { allow: ['Bash(make)', 7] } },
  });
  const { allowRules } = prepare('--allowedTools', 'Read');
  expect(allowRules()).toEqual(['Bash(make)', 'Edit', 'Read']);
  write(places.local, { permissions: { allow: ['Bash(touch ran)'] } });
  expect(allowRules()).toEqual(['Bash(touch ran)', 'Bash(make)', 'Edit', 'Read']);
  write(places.user, '{"permissions":');
  expect(allowRules()).toEqual(['Bash(touch ran)', 'Bash(make)', 'Read']);
});

it("reads the user's own status line afresh, and runs it no more often than it would be", () => {
  const { prepare, places } = machine({ user: { statusLine: { type: 'command', command: 'one' } } });
  const { written, statusLine } = prepare();
  expect(written.statusLine).not.toHaveProperty('refreshInterval');
  expect(statusLine()).toBe('one');
  writeFileSync(places.user, '{"statusLine":{"type":"command","command":"another"}}');
  expect(statusLine()).toBe('another');
  writeFileSync(places.user, '{}');
  expect(statusLine()).toBe('');

  const refreshed = machine({ user: { statusLine: { type: 'command', command: 'one', refreshInterval: 5 } } });
  expect(refreshed.prepare().written.statusLine.refreshInterval).toBe(5);
  expect(machine().prepare().written.statusLine.refreshInterval).toBe(5);
});
