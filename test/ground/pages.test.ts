import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

const HELP = readdirSync(join(root, 'src/help')).map((name) => `src/help/${name}`);

it.each(['README.md', 'src/ARCHITECTURE.md', 'src/memory/README.md', '.github/SECURITY.md', '.github/CONTRIBUTING.md'])(
  '%s names only files and npm scripts that are there',
  (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const files = [...text.matchAll(/`((?:src|test|bin|completions|\.github)\/[\w./-]+)`/g)].map(
      ([, file = '']) => file,
    );
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    const named = [...text.matchAll(/`npm run ([\w:-]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
    expect(files.length + named.length).toBeGreaterThan(0);
  },
);

it.each(['README.md', ...HELP])('each link of %s leads to a file', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
  const files = links.filter((link) => !link.startsWith('https:')).map((link) => join(root, dirname(page), link));
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});
