import { OVERFLOW_PRESETS, PRESET_NAMES, type OverflowPreset } from '../config/overflow-presets.ts';
import { styleText } from 'node:util';
import { usd } from '../config/shapes.ts';
import { SWITCH_BACK } from '../config/settings.ts';
import type { LocalModel } from '../providers/local-servers.ts';
import type { WebSearch } from '../config/settings.ts';
import type { MemoryMode } from '../memory/hand-off.ts';
import type { SwitchBack } from '../failover/steering.ts';
import type { Keychain } from './keychain.ts';
import { loadClack } from './load-clack.ts';
import { windowText } from './local-text.ts';

/** One provider as it is shown: its facts stand in columns. */
export type Offer = { id: string; label: string; facts: string; isChosen: boolean };

/**
 * Everything that `ccmux init` asks and says, in its order; a test answers by itself. Each question throws `UserLeft`
 * when the user presses Ctrl-C or Esc.
 */
export type Questions = {
  begin(): void;
  existing(file: string): Promise<'change' | 'anew' | 'leave'>;
  providers(offers: readonly Offer[]): Promise<string[]>;
  /** A model of a server on this machine that has several. */
  localModel(label: string, models: readonly LocalModel[]): Promise<LocalModel>;
  /** Where keys that are in the environment shall be kept. Undefined: where they are. */
  keep(variables: readonly string[], keychains: readonly Keychain[]): Promise<Keychain | undefined>;
  /** A key that is nowhere yet. Undefined: the user sets the variable. */
  key(label: string, variable: string): Promise<string | undefined>;
  keychain(keychains: readonly Keychain[]): Promise<Keychain>;
  test(prices: readonly string[]): Promise<boolean>;
  /** Somebody did not answer the test. */
  stays(label: string): Promise<boolean>;
  order(items: readonly { value: string; label: string }[]): Promise<string[]>;
  /** US dollars; undefined: no cap. */
  budget(now: number | undefined): Promise<number | undefined>;
  switchBack(first: string, now: SwitchBack): Promise<SwitchBack>;
  overflow(now: OverflowPreset): Promise<OverflowPreset>;
  /** @param labels of those that can search. */
  webSearch(labels: readonly string[], now: WebSearch): Promise<WebSearch>;
  /** What the next model is told beside the conversation. */
  memory(now: { mode: MemoryMode; keepDays: number }): Promise<MemoryMode>;
  /** Claude Code hides Claude's thinking: shall it be shown, and so be handed over? */
  showThinking(): Promise<boolean>;
  say(kind: 'success' | 'warn', text: string): void;
  /** While a provider is asked, and what came of it. */
  during<T>(text: string, work: Promise<T>, told: (result: T) => { ok: boolean; text: string }): Promise<T>;
  end(text: string): void;
};

/** Beside the bar on the left. */
const WIDTH = 76;

export class UserLeft extends Error {
  override name = 'UserLeft';
}

/** Questions on this terminal. */
export async function terminalQuestions(): Promise<Questions> {
  const clack = await loadClack();
  const { default: wrap } = await import('wrap-ansi');
  const { askChoice } = await import('./choice-prompt.ts');
  const { askOrder } = await import('./order-prompt.ts');
  const indented = (text: string) =>
    wrap(text, WIDTH, { hard: true }).replaceAll('\n', `\n${styleText('gray', clack.S_BAR)}  `);
  async function answer<T>(asked: Promise<T | typeof clack.CANCEL_SYMBOL>): Promise<T> {
    const given = await asked;
    if (clack.isCancel(given)) throw new UserLeft();
    return given;
  }

  return {
    begin: () => clack.intro('ccmux: who answers when Claude cannot?'),
    existing: (file) =>
      answer(
        clack.select<'change' | 'anew' | 'leave'>({
          message: `${file} is there already.`,
          options: [
            { value: 'change', label: 'Change it', hint: 'what is not asked stays, comments too' },
            { value: 'anew', label: 'Write it anew', hint: 'the old one is kept beside it' },
            { value: 'leave', label: 'Leave it as it is' },
          ],
        }),
      ),
    providers: (offers) =>
      answer(
        askChoice(
          'Providers behind Claude: price ($ per million tokens in / out), window, key',
          offers.map(({ id, label, facts }) => ({ value: id, label, facts })),
          offers.filter(({ isChosen }) => isChosen).map(({ id }) => id),
        ),
      ),
    async localModel(label, models) {
      const options = models.map((model, value) => ({ value, label: `${model.id}${windowText(model)}` }));
      return models[
        await answer(clack.select<number>({ message: `Which model of ${label}?`, options, maxItems: 10 }))
      ]!;
    },
    async keep(variables, keychains) {
      const where = await answer(
        clack.select<number>({
          message: `Where shall keys be? Now in ${variables.join(', ')}, which every program can read`,
          options: [
            { value: -1, label: 'Leave them there' },
            ...keychains.map(({ label }, value) => ({
              value,
              label: `Copy them to ${label}`,
              hint: 'read from there from now on',
            })),
          ],
        }),
      );
      return keychains[where];
    },
    async key(label, variable) {
      const message = `The key of ${label} (Enter: I set ${variable} myself)`;
      return (await answer(clack.password({ message })))?.trim() || undefined;
    },
    async keychain(keychains) {
      if (keychains.length === 1) return keychains[0]!;
      const options = keychains.map(({ label, hint }, value) => ({ value, label, hint }));
      return keychains[await answer(clack.select<number>({ message: 'Where is it kept?', options }))]!;
    },
    test: (prices) =>
      answer(clack.confirm({ message: `Test them now, with one tiny question each? (${prices.join(', ')})` })),
    stays: (label) => answer(clack.confirm({ message: `Keep ${label} all the same?`, initialValue: false })),
    order: (items) => answer(askOrder('Who answers first, and who next?', items)),
    async budget(now) {
      const line = await answer(
        clack.text({
          message: 'What may a session spend on paid providers? US dollars (empty: no limit)',
          placeholder: 'no limit',
          initialValue: now === undefined ? '5' : String(now),
          validate: (text = '') => {
            const parsed = usd.parse(text || '0');
            return parsed.ok ? undefined : `Expected ${parsed.expected}`;
          },
        }),
      );
      const parsed = usd.parse(line ?? '');
      return parsed.ok ? parsed.value : undefined;
    },
    switchBack: (first, now) =>
      answer(
        clack.select<SwitchBack>({
          message: `When ${first} can answer again, go back`,
          options: SWITCH_BACK.names.map((value) => ({ value, label: SWITCH_BACK.meanings[value] })),
          initialValue: now,
        }),
      ),
    overflow: (now) =>
      answer(
        clack.select<OverflowPreset>({
          message: 'The others answer in place of Claude',
          options: [
            ...PRESET_NAMES.map((value) => ({ value, label: OVERFLOW_PRESETS[value].label })),
            ...(now === 'own' ? [{ value: now, label: 'as your file says now' }] : []),
          ],
          initialValue: now,
        }),
      ),
    webSearch: (labels, now) =>
      answer(
        clack.select<WebSearch>({
          message: 'Web searches while Claude cannot answer',
          options: [
            { value: 'off', label: 'fail, and the model is told why' },
            {
              value: 'provider',
              label: `are made by ${labels.join(' or ')}`,
              hint: 'which get your queries, for a price',
            },
          ],
          initialValue: now,
        }),
      ),
    memory: ({ mode, keepDays }) =>
      answer(
        clack.select<MemoryMode>({
          message: 'Whoever takes over gets the conversation. What else?',
          options: [
            { value: 'session', label: 'a note of what was thought and done in this session' },
            {
              value: 'project',
              label: "and what fits of earlier ones: today's provider then reads it",
              hint: `same project; kept on this machine for ${keepDays} days`,
            },
            { value: 'off', label: 'nothing else' },
          ],
          initialValue: mode,
        }),
      ),
    showThinking: () =>
      answer(
        clack.confirm({
          message: "Show Claude's thinking in ccmux's sessions? Claude Code hides it; shown, it is handed over, too.",
          initialValue: false,
        }),
      ),
    say: (kind, text) => clack.log[kind](wrap(text, WIDTH, { hard: true })),
    async during(text, work, told) {
      const spinner = clack.spinner();
      spinner.start(text);
      try {
        const result = await work;
        const { ok, text: end } = told(result);
        spinner[ok ? 'stop' : 'error'](indented(end));
        return result;
      } catch (error) {
        spinner.clear();
        throw error;
      }
    },
    end: (text) => clack.outro(wrap(text, WIDTH, { hard: true }).replaceAll('\n', '\n   ')),
  };
}
