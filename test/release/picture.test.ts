import { existsSync } from 'node:fs';
import { expect, it, test } from 'vitest';
import { runsOf } from '../../bin/picture/ansi.ts';
import { terminalSvg } from '../../bin/picture/svg.ts';

const ESC = '\u001B[';

test.each([
  ['plain', 'words', [{ text: 'words' }]],
  ['a colour, and back', `a${ESC}31mb${ESC}39mc`, [{ text: 'a' }, { text: 'b', colour: '#e06c75' }, { text: 'c' }]],
  ['of 256', `${ESC}38;5;208mb`, [{ text: 'b', colour: 'rgb(255 135 0)' }]],
  ['of 256, grey', `${ESC}38;5;240mb`, [{ text: 'b', colour: 'rgb(88 88 88)' }]],
  ['true colour', `${ESC}48;2;1;2;3mb`, [{ text: 'b', background: 'rgb(1 2 3)' }]],
  ['bold and dim, and neither', `${ESC}1;2mb${ESC}22mc`, [{ text: 'b', bold: true, dim: true }, { text: 'c' }]],
  ['inverse', `${ESC}7;32mb`, [{ text: 'b', colour: 'background', background: '#98c379' }]],
  ['a link', '\u001B]8;;https://x\u0007b\u001B]8;;\u0007', [{ text: 'b' }]],
])('reads what a terminal shows: %s', (_, capture, runs) => {
  expect(runsOf(capture)).toEqual([runs]);
});

it('keeps a look from line to line, as a terminal does', () => {
  expect(runsOf(`${ESC}1ma\nb`)).toEqual([[{ text: 'a', bold: true }], [{ text: 'b', bold: true }]]);
});

it('puts each run into its cells, in any font', () => {
  const svg = terminalSvg(`  a <b> &${ESC}31m  世界 \n`, { columns: 20, title: 'x & y' });
  expect(svg).toContain('<text x="34.8" y="62" textLength="58.8" fill="#d8dee9">a\u00A0&lt;b&gt;\u00A0&amp;</text>');
  expect(svg).toContain('<text x="110.4" y="62" textLength="33.6" fill="#e06c75">世界</text>');
  expect(svg).toContain('<title>x &amp; y</title>');
});

it.each(['failover.svg', 'failover.png'])('%s is there: npm run picture makes it', (name) => {
  expect(existsSync(new URL(`../../.github/${name}`, import.meta.url))).toBe(true);
});
