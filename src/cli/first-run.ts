import { loadConfig, type LoadedConfig, type LoadOptions } from '../config/load.ts';
import { readAnswers, saveAnswers, type Answers, type Discovered } from '../config/discovery.ts';
import { folders } from '../config/paths.ts';
import { trust } from '../config/trust.ts';
import { foundByKey } from '../providers/build.ts';
import type { Unanswered } from '../notices.ts';
import { HOW_TO_ANSWER, sentToText } from '../words/consent.ts';
import { loadClack } from './load-clack.ts';

/** What a launch needs. */
export type FirstRun = {
  loaded: LoadedConfig;
  /** One line each, to be said before the launch. */
  lines: string[];
  /** Open questions, which the footer and the first notice repeat. */
  unanswered: Unanswered[];
};

/** `yes`, `choose` or `never`; undefined: the user left with Ctrl-C or Esc. */
export type FirstAnswer = 'yes' | 'choose' | 'never' | undefined;

/** The interface for questions; a test has its own. */
export type Questions = {
  ask(question: string, answers: Record<'yes' | 'choose' | 'never', string>): Promise<FirstAnswer>;
  /** `ccmux init`. @returns its exit code. */
  init(): Promise<number>;
  /** `ccmux config trust`. */
  showTrust(file: string): Promise<number>;
};

/**
 * Decides which providers found by a key may get the conversation, and whether a project's file is trusted: the user is
 * asked once; without a terminal both are printed. @returns undefined when the user has left.
 * @param questions undefined where there is no terminal.
 */
export async function settleFirstRun(
  options: LoadOptions & { env: NodeJS.ProcessEnv },
  questions: Questions | undefined,
): Promise<FirstRun | undefined> {
  const stateDir = folders(options.env).state;
  const answers = await readAnswers(stateDir);
  const loaded = await loadConfig(options);
  const afterTrust = await settleTrust(loaded, answers, stateDir, options, questions);
  if (!afterTrust) return undefined;
  const afterKeys = await settleKeys(afterTrust.loaded, answers, stateDir, options, questions);
  if (!afterKeys) return undefined;
  return {
    loaded: afterKeys.loaded,
    lines: [...afterTrust.lines, ...afterKeys.lines],
    unanswered: [...afterTrust.unanswered, ...afterKeys.unanswered],
  };
}

const nothing = (loaded: LoadedConfig): FirstRun => ({ loaded, lines: [], unanswered: [] });

async function settleTrust(
  loaded: LoadedConfig,
  answers: Answers,
  stateDir: string,
  options: LoadOptions & { env: NodeJS.ProcessEnv },
  questions: Questions | undefined,
): Promise<FirstRun | undefined> {
  const { untrusted } = loaded;
  if (!untrusted) return nothing(loaded);
  const text = untrusted.warning;
  const quiet = { ...loaded, warnings: loaded.warnings.filter((warning) => warning !== text) };
  if (answers.distrusted[untrusted.file] === untrusted.hash) return nothing(quiet);
  if (!questions) {
    return { loaded: quiet, lines: [text], unanswered: [{ text, brief: 'project not trusted (ccmux config trust)' }] };
  }
  const answer = await questions.ask(text, {
    yes: 'trust the file as it stands now',
    choose: 'show me every value first',
    never: 'ignore these settings, and ask again only if the file changes',
  });
  if (answer === undefined) return undefined;
  if (answer === 'never') {
    await saveAnswers({ distrusted: { [untrusted.file]: untrusted.hash } }, stateDir);
    return nothing(quiet);
  }
  if (answer === 'yes') await trust(folders(options.env).config, { path: untrusted.file, hash: untrusted.hash });
  else await questions.showTrust(untrusted.file);
  return nothing(await loadConfig(options));
}

async function settleKeys(
  loaded: LoadedConfig,
  answers: Answers,
  stateDir: string,
  options: LoadOptions & { env: NodeJS.ProcessEnv },
  questions: Questions | undefined,
): Promise<FirstRun | undefined> {
  const { config } = loaded;
  const found = config.failover.enabled ? foundByKey(config, options.env) : [];
  const open = found.filter(({ id }) => answers.providers[id] === undefined);
  if (open.length === 0) return nothing(loaded);
  const text = sentToText(open, config.memory.mode);
  const save = (answer: 'yes' | 'never') => saveAnswers({ providers: answersFor(open, answer) }, stateDir);
  if (saysYes(options)) {
    await save('yes');
    return { loaded, lines: [`${text}. To choose: ccmux init`], unanswered: [] };
  }
  if (!questions) {
    const line = `${text} · ${HOW_TO_ANSWER}`;
    const brief = `may be sent to ${open.map(({ label }) => label).join(', ')} (ccmux init)`;
    return { loaded, lines: [line], unanswered: [{ text: line, brief }] };
  }
  switch (await questions.ask(`${text}.`, KEY_ANSWERS)) {
    case 'yes':
      await save('yes');
      return nothing(loaded);
    case 'never':
      await save('never');
      return nothing({ ...(await loadConfig(options)), warnings: loaded.warnings });
    case 'choose':
      if ((await questions.init()) !== 0) return undefined;
      return nothing({ ...(await loadConfig(options)), warnings: loaded.warnings });
    default:
      return undefined;
  }
}

const KEY_ANSWERS = {
  yes: 'yes, from now on',
  choose: 'let me choose who answers, and in which order',
  never: 'never to these',
};

function answersFor(found: readonly Discovered[], answer: 'yes' | 'never'): Answers['providers'] {
  return Object.fromEntries(found.map(({ id }) => [id, answer]));
}

function saysYes({ flags, env }: LoadOptions & { env: NodeJS.ProcessEnv }): boolean {
  return flags?.yes === true || /^(1|true|on|yes)$/i.test(env['CCMUX_YES'] ?? '');
}

/** Questions on this terminal, before the client uses it. */
export const TERMINAL: Questions = {
  async ask(question, answers) {
    const { isCancel, select } = await loadClack();
    const options = (['yes', 'choose', 'never'] as const).map((value) => ({ value, label: answers[value] }));
    const answer = await select({ message: question[0]!.toUpperCase() + question.slice(1), options });
    return isCancel(answer) ? undefined : answer;
  },
  async init() {
    const { runInit } = await import('./init.ts');
    return runInit({ yes: false, force: false });
  },
  async showTrust(file) {
    const { runConfigTrust } = await import('./config.ts');
    return runConfigTrust({ file });
  },
};
