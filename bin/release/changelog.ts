/** In keep-a-changelog form: what is to come stands under this heading, the newest version right below. */
const UNRELEASED = /^## \[?Unreleased\]?[ \t]*\n/m;

/**
 * The CHANGELOG once this version is released: what was unreleased is under its heading, with the day.
 * @param day `2026-11-27`
 * @throws where nothing is unreleased, or the version stands there already.
 */
export function releasedChangelog(text: string, version: string, day: string): string {
  const heading = UNRELEASED.exec(text);
  if (heading === null) throw new Error('CHANGELOG.md has no heading "## Unreleased"');
  const named = new RegExp(`^## \\[?${version.replaceAll('.', '\\.')}\\]?(?![\\d.])`, 'm');
  if (named.test(text)) throw new Error(`CHANGELOG.md has a heading for ${version} already`);
  const after = text.slice(heading.index + heading[0].length);
  const entry = after.slice(0, /^## /m.exec(after)?.index ?? after.length);
  if (!/^- /m.test(entry)) throw new Error('CHANGELOG.md says nothing under "## Unreleased"');
  return `${text.slice(0, heading.index)}${heading[0]}\n## ${version} (${day})\n${after}`;
}
