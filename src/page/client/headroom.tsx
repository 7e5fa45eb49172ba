import type { WindowState } from '../../state/live.ts';
import { fullText, limitName, paceText, percent, usedOf } from '../../words/limit.ts';
import { number, plural, sentence } from '../../words/text.ts';
import { clock, clockAndWait } from '../../words/time.ts';

/** An API key has some six limits: the fullest are shown, the others after a click. */
const SHOWN = 3;

type Props = { windows: WindowState[]; now: number; running: boolean };

/** What is left of a provider's limits, and when each opens again. */
export function Headroom({ windows, now, running }: Props) {
  const fullest = windows.toSorted((a, b) => (usedOf(b) ?? 0) - (usedOf(a) ?? 0)).slice(0, SHOWN);
  // A single further one is shown as well.
  const shown = windows.length <= SHOWN + 1 ? windows : windows.filter((window) => fullest.includes(window));
  const others = windows.filter((window) => !shown.includes(window));
  const most = Math.max(0, ...others.map((window) => usedOf(window) ?? 0));
  return (
    <div class="limits">
      <Limits windows={shown} now={now} running={running} />
      {others.length > 0 && (
        <details class="others">
          <summary>
            {plural(others.length, 'more limit')}, at most {percent(most)} used
          </summary>
          <Limits windows={others} now={now} running={running} />
        </details>
      )}
    </div>
  );
}

function Limits({ windows, now, running }: Props) {
  return (
    <ul class="headroom">
      {windows.map((window) => (
        <Limit key={window.name} window={window} now={now} running={running} />
      ))}
    </ul>
  );
}

function Limit({ window, now, running }: { window: WindowState; now: number; running: boolean }) {
  const used = usedOf(window);
  const name = sentence(limitName(window.name));
  const over = running && window.resetAt !== undefined && window.resetAt <= now;
  return (
    <li>
      <span class="limit">
        {name}
        {window.source === 'counted' && <span class="quiet"> (counted)</span>}
      </span>
      {used !== undefined && !over && (
        <div
          class={`meter ${used >= 0.95 ? 'full' : used >= 0.75 ? 'near' : ''}`}
          role="meter"
          aria-label={name}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.min(100, Math.round(used * 100))}
          aria-valuetext={`${percent(used)} used`}
        >
          <span style={{ width: `${Math.min(1, used) * 100}%` }} />
        </div>
      )}
      <span class="amount">{over ? 'has reset' : amountOf(window, used)}</span>
      {window.resetAt !== undefined && !over && (
        <span class="reset quiet">
          resets {running ? clockAndWait(window.resetAt, now) : clock(window.resetAt, now)}
        </span>
      )}
      {window.forecast !== undefined && running && !over && (
        <p class={`pace ${window.forecast.fullAt === undefined ? 'quiet' : 'soon'}`}>{forecastText(window, now)}</p>
      )}
    </li>
  );
}

/** `12 % an hour`, `12 % an hour: full at 16:20 at this pace, 45 min before its reset` */
function forecastText({ forecast, resetAt }: WindowState, now: number): string {
  const { perHour, fullAt } = forecast!;
  return fullAt === undefined ? paceText(perHour) : `${paceText(perHour)}: ${fullText(fullAt, resetAt, now)}`;
}

function amountOf({ limit, remaining }: WindowState, used: number | undefined): string {
  if (limit !== undefined && remaining !== undefined) {
    return `${number(remaining)} of ${number(limit)} left`;
  }
  if (used !== undefined) return `${percent(used)} used`;
  if (remaining !== undefined) return `${number(remaining)} left`;
  return limit === undefined ? '' : `at most ${number(limit)}`;
}
