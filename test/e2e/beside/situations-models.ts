import { overloaded } from '../../simulators/failures.ts';
import { answer } from '../../../src/demo/script.ts';
import { makeCast } from '../../helpers/cast.ts';
import { afresh, seen, type Situation } from './situation.ts';

/** Claude's own models in place of one another, while somebody else could answer too. */

function overloadedButSonnet(name: string, args: string[], files: Record<string, string> = {}): Situation {
  return {
    name,
    async stage() {
      const { claude, place } = await makeCast({
        files: { 'README.md': '# A project\n', ...files },
        claude: ({ body }) => (body.includes('"model":"claude-sonnet') ? answer('Sonnet here.') : overloaded()),
      });
      const run = afresh(place);
      return async (through) => seen(await run(through, ['-p', 'hello', ...args]), claude.requests.splice(0));
    },
  };
}

export const MODELS: Situation[] = [
  overloadedButSonnet('an overloaded model, with --fallback-model sonnet', ['--fallback-model', 'sonnet']),
  overloadedButSonnet('the same as a setting', [], { '.claude/settings.json': '{"fallbackModel":["sonnet"]}' }),
];
