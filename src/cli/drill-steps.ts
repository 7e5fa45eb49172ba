import { list } from '../words/text.ts';
import { RED_PNG } from './doctor-live.ts';

/** The steps of a drill with one provider, in their order; the heads of the table's columns. */
export const STEPS = { loop: 'tool loop', image: 'image', pdf: 'PDF', back: 'way back' } as const;

/** Beside them, with more than one provider: it goes on where the one before it in the order has met a limit. */
export const TAKE_OVER = 'take-over';

export type StepName = keyof typeof STEPS;

/** Each file of the project holds one word. */
const WORDS = {
  'first.txt': 'LANTERN',
  'second.txt': 'COBALT',
  'third.txt': 'HARBOUR',
  'fourth.txt': 'SAFFRON',
  'fifth.txt': 'THISTLE',
  'sixth.txt': 'GRANITE',
  'seventh.txt': 'MEADOW',
} as const;

/** Claude reads the first file, and each provider that takes over the next one. */
export const LONGEST_CHAIN = Object.keys(WORDS).length - 1;

/** The files for so many readers, by name. */
export function filesFor(readers: number): Record<string, string> {
  const some = Object.entries(WORDS).slice(0, readers);
  return Object.fromEntries(some.map(([name, word]) => [name, `The word of this file is ${word}.\n`]));
}

/** What is typed for the tool loop with so many readers. */
export function loopQuestion(readers: number): string {
  const [first, ...others] = Object.keys(filesFor(readers));
  const then = others.map((name) => `then on ${name}`);
  return `Use the Read tool on ${list([first!, ...then])}, one file at a time: each only after you have seen the one before. Then answer with the words of these files, and nothing else.`;
}

/** True for an answer with all of the words. */
export function holdsWords(answer: string, readers: number): boolean {
  const words = Object.values(WORDS).slice(0, readers);
  return words.every((word) => new RegExp(`\\b${word}\\b`, 'i').test(answer));
}

/** What is typed in each step. */
export const QUESTIONS: Record<StepName, string | object[]> = {
  loop: loopQuestion(2),
  image: [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: RED_PNG } },
    { type: 'text', text: 'Which colour is this picture? One word.' },
  ],
  pdf: [
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdfOf('MARIGOLD') } },
    { type: 'text', text: 'Which word stands in this PDF? Answer with the word alone.' },
  ],
  back: 'Are you there again?',
};

/** Whether an answer is right. */
export const IS_RIGHT: Record<Exclude<StepName, 'back'>, (answer: string) => boolean> = {
  loop: (answer) => holdsWords(answer, 2),
  image: (answer) => /\bred\b/i.test(answer),
  pdf: (answer) => /marigold/i.test(answer),
};

/** A PDF of one page with one word, as base64. */
function pdfOf(word: string): string {
  const text = `BT /F1 36 Tf 40 60 Td (${word}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 320 140] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const places = objects.map((body, at) => {
    const place = file.length;
    file += `${at + 1} 0 obj\n${body}\nendobj\n`;
    return `${String(place).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}`;
  const end = `trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(file + table + end).toString('base64');
}
