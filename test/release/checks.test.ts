import { describe, expect, it, test } from 'vitest';
import { releasedChangelog } from '../../bin/release/changelog.ts';
import { problemsOf } from '../../bin/release/contents.ts';

describe('the CHANGELOG of a release', () => {
  const before = '# Changelog\n\n## Unreleased\n\n### Added\n\n- One thing.\n\n## 0.1.0 (2026-11-01)\n\n- Old.\n';

  it('puts what was unreleased under the version, with the day, and leaves the heading for what comes', () => {
    expect(releasedChangelog(before, '0.2.0', '2026-11-27')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-11-27)\n\n### Added\n\n- One thing.\n\n## 0.1.0 (2026-11-01)\n\n- Old.\n',
    );
  });

  test.each([
    ['has no heading', '# Changelog\n\n- One thing.\n', '0.2.0', 'no heading'],
    ['says nothing new', before.replace('- One thing.\n', ''), '0.2.0', 'says nothing'],
    ['has this version already', before, '0.1.0', 'already'],
  ])('stops a release where it %s', (_what, text, version, problem) => {
    expect(() => releasedChangelog(text, version, '2026-11-27')).toThrow(problem);
  });

  it('tells 0.1.0 from 0.1.01 and from 10.1.0', () => {
    const text = before.replace('0.1.0 ', '10.1.0 ').replace('- Old.', '- Old.\n\n## 0.1.01 (2025-01-01)');
    expect(releasedChangelog(text, '0.1.0', '2026-11-27')).toContain('## 0.1.0 (2026-11-27)');
  });
});

describe('a package that is not fit to be published', () => {
  const paths = [
    'package.json',
    'README.md',
    'LICENSE',
    'dist/entry.js',
    'dist/THIRD-PARTY.txt',
    'dist/ccmux.1',
    'dist/help/get-started.md',
  ];
  const files = [...paths.map((path) => ({ path, mode: 0o644 })), { path: 'bin/ccmux.js', mode: 0o755 }];
  const fit = { files, bytes: 1_000_000, manifest: { scripts: { prepack: 'node bin/build.ts' } } };

  it('has no problem where it is fit', () => expect(problemsOf(fit)).toEqual([]));

  test.each<[string, object, string]>([
    ['a source', { files: [...files, { path: 'src/cli/entry.ts', mode: 0o644 }] }, 'src/cli/entry.ts does not belong'],
    ['a map', { files: [...files, { path: 'dist/entry.js.map', mode: 0o644 }] }, 'dist/entry.js.map does not belong'],
    ['a key', { files: [...files, { path: '.env', mode: 0o600 }] }, '.env does not belong'],
    ['no licence', { files: files.filter(({ path }) => path !== 'LICENSE') }, 'LICENSE is missing'],
    ['a program that is none', { files: files.map((file) => ({ ...file, mode: 0o644 })) }, 'cannot be executed'],
    ['too much', { bytes: 1_500_001 }, '1500001 bytes packed'],
    ['a dependency', { manifest: { dependencies: { zod: '4.6.7' } } }, 'zod would be installed'],
    ['an install script', { manifest: { scripts: { postinstall: 'x' } } }, 'the script "postinstall"'],
  ])('%s', (_what, change, problem) => {
    expect(problemsOf({ ...fit, ...change })).toEqual([expect.stringContaining(problem)]);
  });
});
