/** Written into the bundle by `bin/build.mjs`; absent when ccmux runs from its source. */
declare const CCMUX_VERSION: string | undefined;

/** ccmux's own version, as in package.json. */
export const version: string = typeof CCMUX_VERSION === 'string' ? CCMUX_VERSION : fromManifest();

function fromManifest(): string {
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  return (require('../package.json') as { version: string }).version;
}
