import { clock, dayAndTime, timeWithSeconds } from '../../words/time.ts';
import type { Link } from './session.ts';
import type { View } from './view.ts';

/** The first thing to know: that the session is over, lost, or has no recorded end. */
export function Banner({ view, link }: { view: View; link: Link }) {
  const text = bannerText(view, link);
  return (
    <div role="status">
      {text !== undefined && (
        <p class={`banner ${text.grave ? 'grave' : ''}`}>
          <strong>{text.title}</strong> {text.rest}
        </p>
      )}
    </div>
  );
}

function bannerText(
  { summary, running }: View,
  link: Link,
): { title: string; rest: string; grave: boolean } | undefined {
  const { endedAt, exitCode, signal, startedAt, lastAt } = summary;
  if (endedAt !== undefined) {
    if (link.state === 'frozen') return undefined;
    const how = signal === undefined ? `with exit code ${exitCode ?? 0}` : `by ${signal}`;
    return {
      title: `This session ended at ${clock(endedAt, startedAt)}`,
      rest: `${how}. Nothing below changes any more; “ccmux report” shows it again.`,
      grave: false,
    };
  }
  if (link.state === 'lost') {
    return {
      title: 'Connection lost.',
      rest: `Nothing was heard from the session since ${timeWithSeconds(link.since)}: it has probably ended. What you see is how it was then; “ccmux report” has the whole.`,
      grave: true,
    };
  }
  if (link.state === 'frozen' && running) {
    return {
      title: 'Still running.',
      rest: 'This is how the session stood when the report was made; “ccmux dashboard” shows it live.',
      grave: false,
    };
  }
  if (link.state === 'frozen') {
    return {
      title: 'No end on record.',
      rest: `This session probably ended in a crash. Its last sign of life is from ${dayAndTime(lastAt)}.`,
      grave: true,
    };
  }
  return undefined;
}
