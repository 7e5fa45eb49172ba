import { fileURLToPath } from 'node:url';
import {
  isBinaryExpression,
  isBindingElement,
  isElementAccessExpression,
  isMethodSignatureDeclaration,
  isObjectBindingPattern,
  isPropertyAccessExpression,
  isPropertySignatureDeclaration,
  isStringLiteral,
} from 'typescript/unstable/ast/is';
import { SyntaxKind, type Node } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { expect, onTestFinished, test } from 'vitest';

/** Fields that no file of `src` reads, because their reader is somebody else. */
const READ_ELSEWHERE: Record<string, string> = {
  overMs: '`ccmux status --json`',
  reservedUsd: '`ccmux status --json`',
  reportsLimits: '`ccmux providers --json`',
  resource: 'read by its name in a loop (providers/place.ts)',
  v: 'a later ccmux: the format of what is kept of a session',
  ttl: 'a host: part of a request',
  file_id: 'a host: part of a request',
  user_id: 'a host: part of a request',
  tool_uses: 'Claude Code: part of an answer',
  web_fetch_requests: 'the client: part of an answer',
  systemMessage: 'Claude Code: the answer of a hook',
  decision: 'Claude Code: the answer of a hook',
  hookSpecificOutput: 'Claude Code: the answer of a hook',
  hookEventName: 'Claude Code: the answer of a hook',
  permissionDecision: 'Claude Code: the answer of a hook',
  permissionDecisionReason: 'Claude Code: the answer of a hook',
  suppressOriginalPrompt: 'Claude Code: the answer of a hook',
  matcher: 'Claude Code: its settings file',
  padding: 'Claude Code: its settings file',
  secureContext: 'Node: an option of TLS',
  rejectUnauthorized: 'Node: an option of TLS',
  cert: 'Node: an option of TLS',
  passphrase: 'Node: an option of TLS',
  toolNames: 'the scripts of the simulators, which are tests',
};

/** By name, not by type: one that is read of any type passes, and none that is read is named here. */
test('every field of a type in src is read by somebody', () => {
  const { declared, read } = namesIn(fileURLToPath(new URL('../../', import.meta.url)));
  const unread = [...declared].filter((name) => !read.has(name));
  expect(unread.toSorted()).toEqual(Object.keys(READ_ELSEWHERE).toSorted());
});

function namesIn(root: string): { declared: Set<string>; read: Set<string> } {
  const api = new API({ cwd: root });
  onTestFinished(() => api.close());
  const [project] = api.updateSnapshot({ openProjects: [`${root}tsconfig.json`] }).getProjects();
  const { program } = project!;
  const declared = new Set<string>();
  const read = new Set<string>();
  const look = (node: Node): void => {
    if (isPropertySignatureDeclaration(node) || isMethodSignatureDeclaration(node)) declared.add(textOf(node.name));
    if (isPropertyAccessExpression(node) && !isAssigned(node)) read.add(textOf(node.name));
    if (isElementAccessExpression(node) && isStringLiteral(node.argumentExpression)) {
      read.add(node.argumentExpression.text);
    }
    if (isBindingElement(node) && isObjectBindingPattern(node.parent)) read.add(textOf(node.propertyName ?? node.name));
    node.forEachChild(look);
  };
  for (const file of program.getSourceFileNames()) {
    const source = file.startsWith(`${root}src/`) ? program.getSourceFile(file) : undefined;
    if (source) look(source);
  }
  return { declared, read };
}

function isAssigned(node: Node): boolean {
  const { parent } = node;
  return isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === SyntaxKind.EqualsToken;
}

function textOf(name: Node | undefined): string {
  return (name as { text?: string } | undefined)?.text ?? '';
}
