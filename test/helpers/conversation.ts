/** One session of the real client that is asked turn by turn, so that a test can let time pass in between. */
import { createInterface } from 'node:readline';
import { claudeCommand, start, type Place, type Run } from './claude.ts';

export type Answered = {
  text: string;
  isError: boolean;
  /** The models of the turn's steps, in order. */ models: string[];
};

export type Conversation = {
  ask(text: string): Promise<Answered>;
  stderr(): string;
  end(): Promise<Run>;
};

/** @param ccmuxOptions go before `claude`: `['--switch-back', 'manual']`. */
export function openConversation(place: Place, ccmuxOptions: string[] = []): Conversation {
  const args = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
  const command = claudeCommand('ccmux', [...args, '--allowedTools', 'Read,Edit,Write,Bash'], ccmuxOptions);
  const running = start(place, command, { stdin: 'pipe' });
  const lines = createInterface({ input: running.child.stdout! })[Symbol.asyncIterator]();
  return {
    async ask(text) {
      running.child.stdin!.write(`${JSON.stringify({ type: 'user', message: { role: 'user', content: text } })}\n`);
      const models: string[] = [];
      for (;;) {
        const next = await lines.next();
        if (next.done) throw new Error(`the client ended early: ${running.stderr()}`);
        const line = JSON.parse(next.value);
        if (line.type === 'assistant') models.push(line.message.model);
        if (line.type === 'result') return { text: line.result, isError: line.is_error, models };
      }
    },
    stderr: running.stderr,
    end() {
      running.child.stdin!.end();
      return running.finished;
    },
  };
}
