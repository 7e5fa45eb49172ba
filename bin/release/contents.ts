/** A file as `npm pack --json` lists it. */
export type PackedFile = { path: string; mode: number; size: number };

export type Manifest = {
  version: string;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
};

/** Packed, bytes: so much is downloaded by everybody who installs ccmux. */
const MAX_BYTES = 1_500_000;

/** What may be in the package, each for a reason that README gives. */
const ALLOWED =
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|bin\/ccmux\.js|completions\/[\w.-]+|dist\/(?:THIRD-PARTY\.txt|ccmux\.1|help\/[\w-]+\.md|page\.(?:js|css)|(?:chunks\/)?[\w.-]+\.js))$/;

/** What nobody can do without. */
const NEEDED = [
  'package.json',
  'README.md',
  'LICENSE',
  'bin/ccmux.js',
  'dist/entry.js',
  'dist/THIRD-PARTY.txt',
  'dist/ccmux.1',
  'dist/help/get-started.md',
];

/** npm runs these on the machine of everybody who installs the package. */
const ON_INSTALL = ['preinstall', 'install', 'postinstall'];

/**
 * What keeps a packed file from being published.
 * @param input.bytes of the packed file.
 * @returns a sentence each; none: it is fit.
 */
export function problemsOf({
  files,
  bytes,
  manifest,
}: {
  files: readonly Pick<PackedFile, 'path' | 'mode'>[];
  bytes: number;
  manifest: Omit<Manifest, 'version'>;
}): string[] {
  const paths = files.map(({ path }) => path);
  const program = files.find(({ path }) => path === 'bin/ccmux.js');
  return [
    ...paths.filter((path) => !ALLOWED.test(path)).map((path) => `${path} does not belong in the package`),
    ...NEEDED.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...(program !== undefined && (program.mode & 0o111) === 0 ? ['bin/ccmux.js cannot be executed'] : []),
    ...(bytes > MAX_BYTES ? [`${bytes} bytes packed are more than ${MAX_BYTES}`] : []),
    ...Object.keys(manifest.dependencies ?? {}).map((name) => `${name} would be installed beside ccmux: bundle it`),
    ...ON_INSTALL.filter((name) => manifest.scripts?.[name]).map(
      (name) => `the script "${name}" runs on every install`,
    ),
  ];
}
