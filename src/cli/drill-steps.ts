import { RED_PNG } from './doctor-live.ts';

/** The steps of a drill, in their order; the heads of the table's columns. */
export const STEPS = { loop: 'tool loop', image: 'image', pdf: 'PDF', back: 'way back' } as const;

export type StepName = keyof typeof STEPS;

/** The files of the project; each holds one word. */
export const FILES: Record<'first.txt' | 'second.txt', string> = {
  'first.txt': 'The first word is LANTERN.\n',
  'second.txt': 'The second word is COBALT.\n',
};

/** What is typed in each step. */
export const QUESTIONS: Record<StepName, string | object[]> = {
  loop: 'Use the Read tool on first.txt, then on second.txt. Then answer with the two words that stand in them.',
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

/** What a right answer holds. */
export const RIGHT: Record<Exclude<StepName, 'back'>, RegExp> = {
  loop: /lantern[^]*cobalt|cobalt[^]*lantern/i,
  image: /\bred\b/i,
  pdf: /marigold/i,
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
