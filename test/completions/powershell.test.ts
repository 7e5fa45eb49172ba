import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { Language, Parser } from 'web-tree-sitter';

// PowerShell itself cannot be had from Debian or npm. Its grammar can: this proves that the script can be parsed, and
// not that it completes.
const script = readFileSync(new URL('../../completions/ccmux.ps1', import.meta.url), 'utf8');
const parser: { hasErrors: (source: string) => boolean } = { hasErrors: () => true };

beforeAll(async () => {
  await Parser.init();
  const grammar = fileURLToPath(import.meta.resolve('tree-sitter-powershell/tree-sitter-powershell.wasm'));
  const powershell = new Parser();
  powershell.setLanguage(await Language.load(grammar));
  parser.hasErrors = (source) => powershell.parse(source)?.rootNode.hasError ?? true;
});

test('the script for PowerShell is PowerShell', () => {
  expect(parser.hasErrors(script)).toBe(false);
});

describe('the parser would tell', () => {
  test.each([
    ['a missing bracket', "@('complete')", "@('complete'"],
    ['a missing brace', '} elseif', 'elseif'],
    ['a string that does not end', "':files'", "':files"],
  ])('%s', (_, good, bad) => {
    expect(script).toContain(good);
    expect(parser.hasErrors(script.replace(good, bad))).toBe(true);
  });
});
