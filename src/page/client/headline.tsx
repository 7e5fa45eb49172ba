import type { ComponentChildren } from 'preact';
import type { LiveState } from '../../state/live.ts';
import { Amount } from './amount.tsx';
import { Badge } from './badge.tsx';
import { Budget, isOverBudget } from './budget.tsx';
import { Choice } from './choice.tsx';
import { spentText } from '../../words/money.ts';
import { standingText } from '../../words/sharing.ts';
import { swarmParts } from '../../words/swarm.ts';
import { number, plural, sentence } from '../../words/text.ts';
import { duration } from '../../words/time.ts';
import { headline } from './sentences.ts';
import type { Session } from './session.ts';
import { labelOf, type View } from './view.ts';

type Props = { view: View; now: number; session: Session; steerable: boolean };

/** The answer to "who am I talking to?" at a glance. */
export function Headline({ view, now, session, steerable }: Props) {
  const { live, summary } = view;
  const { title, why, next } = headline(view, now);
  const running = live !== undefined && summary.endedAt === undefined;
  return (
    <section class="headline" aria-labelledby="headline">
      <div class="who">
        {running && <Sign live={live} view={view} />}
        <div>
          <h1 id="headline" aria-live="polite">
            {title}
          </h1>
          {why !== undefined && <p class="why">{why}</p>}
          {next !== undefined && <p class="why">{next}</p>}
          {running && live.swarm !== undefined && <p class="why">{swarmSentence(live)}</p>}
          {running && live.shared && <p class="why">Shared: {standingText(live.shared, now)}</p>}
          {running && <Choice live={live} view={view} session={session} steerable={steerable} />}
          {running && isOverBudget(view) && <Budget view={view} session={session} steerable={steerable} />}
          {running && <Consent live={live} view={view} session={session} steerable={steerable} />}
          <p class={`answer ${session.answer?.failed === true ? 'failed' : ''}`} role="status">
            {session.answer?.text}
          </p>
        </div>
      </div>
      <Facts view={view} />
    </section>
  );
}

/** Subagents that run away, and the ways out. */
function swarmSentence({ swarm = 0, providers }: LiveState): string {
  const stops = providers.some(({ paid }, place) => paid && place > 0);
  return `${swarmParts(swarm, stops).map(sentence).join('. ')}.`;
}

/** The footer's mark: who answers, that requests wait, or that no provider can. */
function Sign({ live, view }: { live: LiveState; view: View }) {
  if (live.waiting) return <SignOf kind="waiting" glyph="◷" />;
  if (live.nobody) return <SignOf kind="nobody" glyph="✕" />;
  return <Badge look={view.byId.get(live.serving)?.look} size="large" />;
}

function SignOf({ kind, glyph }: { kind: 'waiting' | 'nobody'; glyph: string }) {
  return (
    <span class={`badge large ${kind}`} aria-hidden="true">
      {glyph}
    </span>
  );
}

/** In auto mode, while Claude cannot check a fallback's commands: what `ccmux allow` does. */
function Consent({ live, view, session, steerable }: Omit<Props, 'now'> & { live: LiveState }) {
  const { asks = [], allowed = [] } = live;
  return (
    <>
      {asks.map((id) => (
        <p key={id} class="steer">
          {labelOf(view, id)}’s commands need your approval while Claude cannot check them.
          <button type="button" disabled={!steerable} onClick={() => session.allow(id)}>
            Allow {labelOf(view, id)}’s commands for this failover
          </button>
        </p>
      ))}
      {allowed.length > 0 && (
        <p class="steer">
          {allowed.map((id) => labelOf(view, id)).join(' and ')}: commands run without a question until Claude answers
          again.
          <button type="button" disabled={!steerable} onClick={() => session.forbid()}>
            Ask me again
          </button>
        </p>
      )}
    </>
  );
}

/** The session in four numbers. */
function Facts({ view }: { view: View }) {
  const { summary } = view;
  const failovers = summary.switches.filter(({ cause }) => cause === 'failover').length;
  const answers = summary.responses.filter(({ outcome }) => outcome === 'answered').length;
  const lastSwitch = summary.switches.findLast(({ cause }) => cause === 'failover');
  return (
    <dl class="facts">
      <Fact name="Answers" value={number(answers)} note={`in ${plural(summary.turns, 'message')}`} />
      <Fact
        name="Failovers"
        value={String(failovers)}
        note={lastSwitch === undefined ? 'none so far' : `last took ${duration(lastSwitch.ms)}`}
      />
      <Fact name="Extra cost" {...costOf(view)} />
    </dl>
  );
}

function costOf({ providers }: View): { value: ComponentChildren; note: string } {
  const paid = providers.filter((provider) => provider.paid && provider.answers > 0);
  const known = paid.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  const unknown = paid.filter(({ usd }) => usd === null).map(({ label }) => label);
  if (paid.length === 0) return { value: <Amount usd={0} />, note: 'no paid fallback used' };
  if (unknown.length === 0) return { value: <Amount usd={known} />, note: 'estimated' };
  const note = `${unknown.join(', ')}: price unknown`;
  return { value: spentText(known, true), note };
}

function Fact({ name, value, note }: { name: string; value: ComponentChildren; note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="value">{value}</dd>
      <dd class="quiet">{note}</dd>
    </div>
  );
}
