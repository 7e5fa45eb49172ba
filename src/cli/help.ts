import { renderMarkdown } from '../report/markdown.ts';
import { styleOf, type Output } from '../report/terminal.ts';
import type { Topic } from './help-topics.ts';

const fs = process.getBuiltinModule('node:fs').promises;

/** `ccmux help <topic>`: a page of `src/help/`, which the build copies to `dist/help/`. */
export async function runHelp(
  topic: Topic,
  { stdout, env }: { stdout: Output; env: NodeJS.ProcessEnv } = process,
): Promise<number> {
  const page = await fs.readFile(new URL(`../help/${topic}.md`, import.meta.url), 'utf8');
  const { width, color } = styleOf(stdout, env);
  stdout.write(renderMarkdown(page, { width, color, link: linkText }));
  return 0;
}

/** A page beside this one is a command away. */
function linkText(target: string): string {
  const name = /^([\w-]+)\.md(?:#.*)?$/.exec(target)?.[1];
  return name === undefined ? target : `ccmux help ${name}`;
}
