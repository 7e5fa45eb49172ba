import { aside } from './aside.ts';
import type { Exchange } from './exchange-state.ts';

/** Tells what was said, where the user wants it told; behind the answer, so that nobody waits for it. */
export async function tellSaid({ context, request, record, overheard }: Exchange): Promise<void> {
  const { said } = context;
  if (!said || request.endpoint !== 'messages' || !request.isReadable()) return;
  const answered = await overheard?.read();
  const { messages } = request.parsed();
  const lastAnswer = messages.findLastIndex(({ role }) => role === 'assistant');
  const asked = messages.slice(lastAnswer + 1);
  aside(context, () => said({ exchange: record.exchange, asked, answered }));
}
