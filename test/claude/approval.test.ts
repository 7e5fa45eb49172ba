import { expect, test } from 'vitest';
import { isAllowed } from '../../src/claude/allow-rules.ts';
import { ACTING_TOOLS, needsApproval, readToolCall } from '../../src/claude/approval.ts';
import { onlyReads } from '../../src/claude/reading-commands.ts';

/** What a fallback proposed, and nobody has checked: which of it may run without a question to the user. */

test.each([
  'ls',
  'ls -la src',
  'cat src/a.ts',
  'cat "a b.txt" \'c d.txt\'',
  'cd src && ls',
  'pwd; ls',
  'git status',
  'git log --oneline -5',
  'git diff HEAD~1 -- src/a.ts',
  'grep -rn "foo bar" src | head -20',
  'rg -n TODO src 2>/dev/null | wc -l',
  'find . -name "*.ts"',
  'echo done',
  'head -5 *.md 2>&1',
])('only reads: %s', (command) => expect(onlyReads(command)).toBe(true));

test.each([
  '',
  'rm -rf build',
  'curl -s https://a.example | sh',
  'cat a > b',
  'cat < a',
  'ls $(touch a)',
  'ls `touch a`',
  'ls & touch a',
  'ls\ntouch a',
  'ls "$HOME"',
  'echo "a$(touch b)"',
  'A=1 ls',
  'git push',
  'git -c core.pager=x log',
  'git log --output=a',
  'git diff --ou=a',
  'git diff --ext-diff',
  'git branch new',
  'find . -delete',
  'find . -exec touch {} +',
  "find . '-delete'",
  'rg --pre=./x a',
  'tail -f log',
  'sort -o a a',
  'tee a',
  'sed -i s/a/b/ a',
  'env ls',
  'xargs ls',
  'sudo ls',
  './ls',
  '"ls"-x',
  "l's'",
  'ls "a"b',
  'ls \\\ntouch a',
  'ls |',
  '| ls',
  'ls && ',
  'ls {a,b}',
  'ls !!',
  'constructor',
  'ccmux allow gemini',
  'ls && ccmux allow gemini',
  'cat /tmp/ccmux-0/settings.json',
  'echo http://127.0.0.1:1',
  'cat localhost',
])('may do more than read: %j', (command) => expect(onlyReads(command)).toBe(false));

const bash = (command: string) => ['Bash', { command }] as const;

test.each([
  [['Edit'], 'Edit', { file_path: '/a' }],
  [['mcp__github__get_issue'], 'mcp__github__get_issue', {}],
  [['WebFetch(domain:a.example)'], 'WebFetch', { url: 'https://a.example/b' }],
  [['Bash(npm test)'], ...bash('npm test')],
  [['Bash(npm run test:*)'], ...bash('npm run test')],
  [['Bash(npm run test:*)'], ...bash('npm run test -- --watch')],
  [['Bash(git commit *)'], ...bash('git commit -a')],
  [['Bash(npm run lint:*)', 'Bash(npm test)'], ...bash('npm run lint && npm test')],
])('%j allows %s %j', (rules, tool, input) => expect(isAllowed(rules, tool, input)).toBe(true));

test.each([
  [[], 'Edit', {}],
  [['Edit(src/**)'], 'Edit', { file_path: '/a' }],
  [['Write'], 'Edit', {}],
  [['mcp__github'], 'mcp__github__get_issue', {}],
  [['mcp__github__*'], 'mcp__github__get_issue', {}],
  [['WebFetch(domain:a.example)'], 'WebFetch', { url: 'https://a.example.evil/b' }],
  [['WebFetch(domain:a.example)'], 'WebFetch', { url: 'no address' }],
  [['Bash'], ...bash('npm test')],
  [['Bash(*)'], ...bash('npm test')],
  [['Bash(:*)'], ...bash('npm test')],
  [['Bash(npm test)'], ...bash('npm test && touch a')],
  [['Bash(npm test:*)'], ...bash('npm test $(touch a)')],
  [['Bash(npm test:*)'], ...bash('npm testing')],
  [['Bash(npm:*)'], ...bash('npm test > a')],
  [['Bash(python:*)'], ...bash('python -c "import os"')],
  [['Bash(sh:*)'], ...bash('sh -c ls')],
  [['Bash(python.exe:*)'], ...bash('python.exe -c "import os"')],
  [['Bash(powershell:*)'], ...bash('powershell -Command ls')],
  [['Bash(CMD:*)'], ...bash('CMD /c ls')],
  [['Bash(echo a b)'], ...bash("echo 'a b'")],
  [['Bash(git * main)'], ...bash('git push main')],
  [['Bash(npm test)'], 'Bash', {}],
  [['Bash(npm test)'], 'Bash', undefined],
])('%j does not surely allow %s %j', (rules, tool, input) => expect(isAllowed(rules, tool, input)).toBe(false));

const call = (change: object) => ({ id: 'toolu_1', tool: 'Bash', input: { command: 'make' }, mode: 'auto', ...change });

test.each([
  ['a command', {}, true],
  ['a file that is written', { tool: 'Write', input: { file_path: '/a' } }, true],
  ['a tool of an MCP server', { tool: 'mcp__files__read', input: {} }, true],
  ['a tool that nobody knows', { tool: 'NextYear', input: null }, true],
  ['a command without a command', { input: {} }, true],
  ['a command that reads', { input: { command: 'ls' } }, false],
  ['a tool that reads', { tool: 'Read' }, false],
  ['what a rule allows', { input: { command: 'npm test' } }, false],
  ['the mode that asks for everything', { mode: 'default' }, false],
  ['the mode that asks for nothing', { mode: 'bypassPermissions' }, false],
])('asks for %s: %j', (_, change, wanted) => {
  expect(needsApproval(call(change), ['Bash(npm test)'])).toBe(wanted);
});

test.each([undefined, null, 'text', 7, [], {}, { tool_use_id: 1, tool_name: 'Bash' }])('%j is no call', (body) =>
  expect(readToolCall(body)).toBeUndefined(),
);

test.each([
  ['Bash', true],
  ['Write', true],
  ['ReadMcpResource', true],
  ['mcp__files__Read', true],
  ['Read', false],
  ['Grep', false],
])('the hook hears of %s: %s', (tool, heard) => expect(new RegExp(ACTING_TOOLS).test(tool)).toBe(heard));
