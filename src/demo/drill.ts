/**
 * The simulated Claude of `ccmux drill`: it begins the work, runs into a limit in the middle of a tool loop, stays at
 * it, and is there again when it is told so. It costs nothing; the fallback in its place is the real one.
 */
import { claudeLimit } from './limits.ts';
import { answer, callTool, type Script } from './script.ts';

/** What Claude says when it is back. */
export const BACK = 'Claude is back.';

/** Milliseconds. Short, so that the way back need not be waited for; each typed message meets the limit anew. */
const LIMIT_MS = 2_000;

export type DrillMind = {
  script: Script;
  /** Claude answers again from now on. @returns when its last limit has passed, epoch milliseconds. */
  comeBack(): number;
};

/** @param firstFile what Claude reads before its limit: the absolute path of a file in the project. */
export function drillMind(firstFile: string): DrillMind {
  let isBack = false;
  let resetAt = 0;
  return {
    script({ facts }) {
      if (facts.side) return answer('ok');
      if (isBack) return answer(BACK);
      if (facts.turn === 1 && facts.stepInTurn === 0) return callTool('Read', { file_path: firstFile });
      resetAt = Math.ceil((Date.now() + LIMIT_MS) / 1000) * 1000;
      return claudeLimit(resetAt);
    },
    comeBack() {
      isBack = true;
      return resetAt;
    },
  };
}
