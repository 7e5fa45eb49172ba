import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;

it.each(['README.md', '.github/SECURITY.md', '.github/CONTRIBUTING.md'])(
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
