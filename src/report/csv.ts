/** A table as CSV by RFC 4180: lines end with CRLF, and a cell is quoted where it must be. An absent cell is empty. */
export function toCsv(head: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string {
  return [head, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

/** What a spreadsheet takes for the beginning of a formula, in its usual and in its wide form; also behind a blank. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
/** A spreadsheet of a language that separates by semicolons or tabs makes a cell of its own of what follows one. */
const INNER_FORMULA = /([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])/g;

/** @param value text comes from folders, models and configurations of anybody: none of it may become a formula. */
function cellOf(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const harmless = (FORMULA.test(value) ? `'${value}` : value).replaceAll(INNER_FORMULA, "$1'");
  return /[",;\t\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
