import { useState } from 'preact/hooks';
import { countParts, figureLines, NOTIONAL_NOTE, periodText } from '../../words/history.ts';
import { dollars, spentText } from '../../words/money.ts';
import { number, plural } from '../../words/text.ts';
import { clock, duration } from '../../words/time.ts';
import type { PageHistory } from '../data.ts';

/** Sessions that are listed; the terminal has all of them. */
const LISTED = 20;

/** All sessions of the last days: folded, and read only when somebody opens it. A report of one session has none. */
export function History() {
  const [history, setHistory] = useState<PageHistory | { error: string }>();
  const load = async (event: Event) => {
    if (!(event.currentTarget as HTMLDetailsElement).open) return;
    setHistory(await fetchHistory());
  };
  return (
    <section aria-labelledby="history">
      <details class="history" onToggle={load}>
        <summary>
          <h2 id="history">All sessions of the last 7 days</h2>
        </summary>
        <div class="panel" aria-live="polite">
          {history === undefined ? (
            <p class="empty">Reading …</p>
          ) : 'error' in history ? (
            <p class="empty">{history.error}</p>
          ) : (
            <Totals history={history} />
          )}
        </div>
      </details>
    </section>
  );
}

async function fetchHistory(): Promise<PageHistory | { error: string }> {
  try {
    const response = await fetch('history');
    return (await response.json()) as PageHistory | { error: string };
  } catch {
    return { error: 'The session did not answer.' };
  }
}

function Totals({ history }: { history: PageHistory }) {
  const { since, readAt, total, sessions, unreadable } = history;
  const more = sessions.length - LISTED;
  return (
    <>
      <p class="totals">
        {periodText({ since }, readAt)} · {countParts(total).join(' · ')}
      </p>
      {figureLines(total).map((line) => (
        <p key={line} class="note">
          {line}
        </p>
      ))}
      {sessions.length > 0 && <SessionsTable history={history} />}
      {more > 0 && <p class="note quiet">… and {number(more)} more: ccmux report --since 7d --by session</p>}
      {unreadable > 0 && (
        <p class="note quiet">{plural(unreadable, 'session')} could not be read; ccmux report --since 7d names them.</p>
      )}
      {total.notionalUsd > 0 && <p class="note quiet">{NOTIONAL_NOTE}</p>}
    </>
  );
}

function SessionsTable({ history: { sessions, readAt } }: { history: PageHistory }) {
  return (
    <div class="wide" tabIndex={0} role="region" aria-labelledby="history">
      <table class="usage sessions" aria-labelledby="history">
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">Began</th>
            <th scope="col">Answers</th>
            <th scope="col">Failovers</th>
            <th scope="col">Away</th>
            <th scope="col">Spent</th>
            <th scope="col">Notional</th>
          </tr>
        </thead>
        <tbody>
          {sessions.slice(0, LISTED).map((one) => (
            <tr key={one.key}>
              <th scope="row">
                {one.label}
                <span class="folder">{one.cwd}</span>
              </th>
              <td>{one.startedAt === undefined ? '' : clock(one.startedAt, readAt)}</td>
              <td>{number(one.answers)}</td>
              <td>{one.failovers === 0 ? '–' : number(one.failovers)}</td>
              <td>{one.awayMs === 0 ? '–' : duration(one.awayMs)}</td>
              <td>{one.spentUsd + one.unknownPrices === 0 ? '–' : spentText(one.spentUsd, one.unknownPrices > 0)}</td>
              <td>{one.notionalUsd === 0 ? '–' : `${dollars(one.notionalUsd)}*`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
