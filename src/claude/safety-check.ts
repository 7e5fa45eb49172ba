import type { Asker } from './asker.ts';
import { SAFETY_CHECK } from './claude-code-2.1.330.ts';

type Block = { type?: string; text?: unknown };

/** What is read of a request: the loose shape of Anthropic's Messages wire. */
export type CheckRequest = {
  messages: readonly { role: string; content: string | readonly Block[] }[];
  system?: string | readonly { text?: string }[];
  tools?: readonly unknown[];
  stop_sequences?: readonly string[];
};

/**
 * True for auto mode's own question about an action. Its answer decides whether a command runs, so it must not come
 * from the model that proposed the command. One mark is enough: a false positive costs an auxiliary answer, a miss lets
 * a command run unchecked.
 */
export function isSafetyCheck(request: CheckRequest, asker: Asker): boolean {
  const { requestClass = 'auxiliary' } = asker;
  if (requestClass !== 'auxiliary' || (request.tools ?? []).length > 0) return false;
  const first = request.messages[0]?.content ?? '';
  return (
    systemTexts(request.system).some((text) => SAFETY_CHECK.system.test(text)) ||
    (request.stop_sequences ?? []).some((stop) => SAFETY_CHECK.stops.includes(stop)) ||
    (typeof first !== 'string' && typeof first[0]?.text === 'string' && SAFETY_CHECK.transcript.test(first[0].text))
  );
}

function systemTexts(system: CheckRequest['system']): string[] {
  return typeof system === 'string' ? [system] : (system ?? []).map(({ text }) => text ?? '');
}
