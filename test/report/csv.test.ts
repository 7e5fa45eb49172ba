import { expect, it } from 'vitest';
import { toCsv } from '../../src/report/csv.ts';

it('is CSV by RFC 4180', () => {
  expect(
    toCsv(
      ['a', 'b,c'],
      [
        [1, 'x'],
        [undefined, 'say "hi"'],
        [0.5, 'two\nlines'],
      ],
    ),
  ).toBe('a,"b,c"\r\n1,x\r\n,"say ""hi"""\r\n0.5,"two\nlines"\r\n');
});

it.each([
  ['=1+2', "'=1+2"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  [' =1', "' =1"],
  ['\t=1', `"'\t'=1"`],
  ['\r=1', `"'\r'=1"`],
  ['＝1', "'＝1"],
  ['a;=cmd|x', `"a;'=cmd|x"`],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ['/home/ada/a=b', '/home/ada/a=b'],
  ['a-b', 'a-b'],
])('makes no formula of %j', (text, cell) => expect(toCsv([], [[text]])).toBe(`\r\n${cell}\r\n`));

it('leaves numbers as they are', () => expect(toCsv([], [[-1]])).toBe('\r\n-1\r\n'));
