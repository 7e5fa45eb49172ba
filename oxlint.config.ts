import { defineConfig, type OxlintOverride } from 'oxlint';

/** What a room may import. Whatever is not named here, it may not. */
type Wall = {
  /** Rooms and files beside it. */
  may: readonly string[];
  /** Those of which only types may be imported. */
  types?: readonly string[];
  /** Why it knows nothing of the machine: no `node:` module, so that what it needs is passed in. */
  pure?: string;
};

/** Who may import whom, from the ground up. `src/ARCHITECTURE.md` shows the same table; a test compares the two. */
export const WALLS = {
  events: { may: [], pure: 'facts, for everybody' },
  errors: { may: [], pure: 'the two classes of errors, for everybody' },
  ground: { may: [] },
  claude: { may: [], pure: 'says what the client sends' },
  words: { may: ['events'], types: ['state'], pure: 'is for the terminal and for the page' },
  failover: { may: ['events', 'errors', 'ground', 'claude', 'words'], pure: 'decides; others act' },
  codec: { may: ['events', 'errors', 'ground'], pure: 'translates' },
  memory: { may: ['events', 'ground', 'claude'], types: ['codec'], pure: 'remembers; others read and write' },
  recall: { may: ['events', 'ground', 'memory', 'meaning', 'words'] },
  meaning: { may: [], pure: 'compares texts' },
  providers: { may: ['events', 'errors', 'ground', 'claude', 'codec'], types: ['config', 'failover'] },
  proxy: {
    may: ['events', 'errors', 'ground', 'claude', 'codec', 'failover', 'memory', 'meaning', 'providers'],
    types: ['config'],
  },
  state: { may: ['events', 'errors', 'ground', 'words', 'failover'], types: ['config', 'providers'] },
  report: { may: ['events', 'ground', 'words', 'page'], types: ['state'] },
  page: { may: ['events', 'words', 'ground'], types: ['state'] },
  notices: { may: ['events', 'words'], types: ['state'] },
  footer: { may: ['ground'] },
  telemetry: { may: ['events'], types: ['codec', 'proxy'] },
  config: { may: ['events', 'errors', 'ground', 'claude'], types: ['failover', 'memory', 'providers', 'state'] },
  launch: { may: ['events', 'errors', 'ground', 'claude'] },
  session: {
    may: 'events errors ground claude words failover codec memory recall meaning providers proxy state report page notices config launch version'.split(
      ' ',
    ),
  },
  demo: { may: [] },
  help: { may: [], pure: 'holds no code' },
  version: { may: [], pure: 'is a constant of the build' },
  cli: {
    may: 'events errors ground claude words failover codec memory recall meaning providers proxy state report page notices config launch session telemetry demo version'.split(
      ' ',
    ),
  },
} satisfies Record<string, Wall>;

const ROOMS = Object.keys(WALLS);

/** Packages that one room alone knows. */
const AI_SDK = {
  regex: '^@ai-sdk/(google|openai|openai-compatible|provider-utils|azure|google-vertex|amazon-bedrock)',
  message: 'Only providers/load-model.ts and what it serves know the AI SDK.',
};

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  env: { node: true, es2024: true },
  ignorePatterns: ['dist', 'node_modules', 'artifacts'],
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
    'typescript/await-thenable': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    // `then: hold` is what a rule of `handoff` says.
    'unicorn/no-thenable': 'off',
    'no-await-in-loop': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/consistent-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'no-shadow': 'off',
    'typescript/unbound-method': 'off',
    'typescript/no-base-to-string': 'off',
    'typescript/no-redundant-type-constituents': 'off',
    'typescript/no-misused-spread': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/prefer-set-has': 'off',
    'promise/always-return': 'off',
    'typescript/no-unnecessary-type-conversion': 'off',
    'vitest/no-conditional-expect': 'off',
    'vitest/require-to-throw-message': 'off',
  },
  overrides: [
    ...Object.entries<Wall>(WALLS).flatMap(([room, wall]) => [
      wallAround(`src/${room}/**`, patternsOf(room, wall, '^(\\.\\./)+')),
      wallAround(`src/${room}.ts`, patternsOf(room, wall, '^\\./')),
    ]),
    // The simulators and the tests read JSON of any shape.
    { files: ['src/demo/**', 'test/**'], rules: { 'typescript/no-explicit-any': 'off' } },
    { files: ['test/**'], rules: { 'typescript/unbound-method': 'off', 'typescript/no-base-to-string': 'off' } },
  ],
});

function wallAround(files: string, patterns: ReturnType<typeof patternsOf>): OxlintOverride {
  return { files: [files], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/** @param outside how a path leaves the room: `../` from inside a folder, `./` from a file of `src` itself. */
function patternsOf(room: string, { may, types = [], pure }: Wall, outside: string) {
  const others = ROOMS.filter((name) => name !== room && !may.includes(name) && !types.includes(name));
  const among = (rooms: readonly string[]) => `${outside}(${rooms.join('|')})(/|\\.ts$)`;
  return [
    { regex: among(others), message: `${room} may not import this: see the walls in src/ARCHITECTURE.md.` },
    ...(types.length === 0
      ? []
      : [{ regex: among(types), allowTypeImports: true, message: `${room} may import only types from here.` }]),
    ...(pure === undefined
      ? []
      : [{ regex: '^node:', message: `${room} ${pure}: what it needs of the machine is passed in.` }]),
    ...(room === 'words' ? [{ regex: '^[^.]', message: 'words uses no package: no colour, no Node.' }] : []),
    ...(room === 'providers' ? [] : [AI_SDK]),
  ];
}
