import { dayAndTime, duration } from '../../words/time.ts';
import { Copy } from './copy.tsx';
import type { Link } from './session.ts';
import type { View } from './view.ts';

/** The session's name, and whether it runs. */
export function Masthead({ view: { summary, generatedAt }, link, now }: { view: View; link: Link; now: number }) {
  const over = summary.endedAt ?? (link.state === 'frozen' ? summary.lastAt : undefined);
  return (
    <header class="masthead">
      <div class="brand">
        <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M2 12h6c4 0 4-6 8-6h6M8 12c4 0 4 6 8 6h6" />
          <circle cx="8" cy="12" r="2.2" />
        </svg>
        <span>ccmux</span>
      </div>
      <p class="where">
        <span class="path">{summary.cwd}</span>
        <span class="quiet">
          {generatedAt === undefined ? 'session' : 'report of session'} {summary.session}
          {generatedAt === undefined ? '' : `, generated ${dayAndTime(generatedAt)}`}
          <Copy text={summary.session} what="session id" />
        </span>
      </p>
      <p class="pulse">
        <span class={`dot ${dotOf(link, summary.endedAt)}`} aria-hidden="true" />
        <span>
          {pulseText(link, summary.endedAt)}
          <span class="quiet"> · {elapsed((over ?? now) - summary.startedAt)}</span>
        </span>
      </p>
    </header>
  );
}

/** Whole seconds at first: ticking tenths would distract. */
function elapsed(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : duration(ms);
}

function dotOf(link: Link, endedAt: number | undefined): string {
  if (endedAt !== undefined || link.state === 'frozen') return 'off';
  return link.state === 'open' ? 'on' : 'lost';
}

function pulseText(link: Link, endedAt: number | undefined): string {
  if (endedAt !== undefined) return 'Ended';
  if (link.state === 'frozen') return 'Report';
  return link.state === 'open' ? 'Live' : 'Connection lost';
}
