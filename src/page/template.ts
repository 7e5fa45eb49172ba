import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { currentHourCycle } from '../words/time.ts';
import type { PageData } from './data.ts';

/** The page's own code, bundled by `bin/build-page.mjs`: no byte of it comes from anywhere else. */
export type Assets = { script: string; style: string };

let assets: Promise<Assets> | undefined;

/** Reads the bundled script and style, once. They lie in `dist/`, of which this file is a chunk unless it runs from the sources. */
export function pageAssets(): Promise<Assets> {
  assets ??= Promise.all([readBuilt('page.js'), readBuilt('page.css')]).then(([script, style]) => ({ script, style }));
  // A failed read is not kept: a build may still be on its way.
  assets.catch(() => (assets = undefined));
  return assets;
}

async function readBuilt(name: string): Promise<string> {
  let fault: unknown;
  for (const folder of ['./', '../', '../../dist/']) {
    try {
      return await readFile(new URL(folder + name, import.meta.url), 'utf8');
    } catch (error) {
      fault = error;
    }
  }
  throw new Error(`the page is not built: run node bin/build-page.mjs`, { cause: fault });
}

/**
 * The policy under which the page runs: its own script and style by hash, its own origin for data, nothing else.
 *
 * @param mode `live` goes into a header; `frozen` into a `<meta>`, where browsers reject `frame-ancestors`.
 */
export function contentSecurityPolicy({ script, style }: Assets, mode: PageData['mode']): string {
  return [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    'img-src data:', // the icon in the browser's tab
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    ...(mode === 'live' ? ["connect-src 'self'", "frame-ancestors 'none'"] : []),
  ].join('; ');
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** The whole document. Texts of users and providers travel as escaped JSON and are only drawn as text. */
export function pageHtml(built: Assets, data: PageData): string {
  const policy =
    data.mode === 'frozen'
      ? `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(built, 'frozen')}">\n`
      : '';
  return `<!doctype html>
<html lang="en" data-hour-cycle="${currentHourCycle()}">
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>ccmux</title>
<link rel="icon" href="data:,">
<style>${built.style}</style>
</head>
<body>
<div id="page"><noscript>This page is drawn by a script that it contains. The same facts, without one: ccmux report.</noscript></div>
<script type="application/json" id="data">${escapeJson(data)}</script>
<script>${built.script}</script>
</body>
</html>
`;
}

/** JSON that no HTML parser can take for markup: neither `</script>` nor `<!--` survives. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
