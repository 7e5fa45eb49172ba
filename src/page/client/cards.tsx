import { Badge } from './badge.tsx';
import { dollars } from '../../words/money.ts';
import { number, sentence } from '../../words/text.ts';
import { clock, duration, ticking } from '../../words/time.ts';
import { noteOf } from '../../words/ready.ts';
import { Headroom } from './headroom.tsx';
import type { Session } from './session.ts';
import type { ProviderView, View } from './view.ts';

type Props = { view: View; now: number; session: Session; steerable: boolean };

/** A card for each provider, in the user's order. */
export function Cards({ view, now, session, steerable }: Props) {
  return (
    <section aria-labelledby="providers">
      <h2 id="providers">Providers</h2>
      <ul class="cards">
        {view.providers.map((provider) => (
          <Card key={provider.id} provider={provider} view={view} now={now} session={session} steerable={steerable} />
        ))}
      </ul>
    </section>
  );
}

function Card({ provider, view, now, session, steerable }: Props & { provider: ProviderView }) {
  const { id, label, look, windows, reason, state } = provider;
  const note = reason === undefined || state === 'ready' ? undefined : noteOf(reason);
  const running = view.live !== undefined && view.summary.endedAt === undefined;
  const serving = running && view.live?.serving === id && !view.live.nobody;
  return (
    <li class={`card look-edge-${look.slot} ${serving ? 'serving' : ''}`} data-provider={id}>
      <div class="identity">
        <header>
          <Badge look={look} />
          <h3>{label}</h3>
          <State provider={provider} serving={serving} running={running} now={now} />
        </header>
        {note !== undefined && <p class="reason">{sentence(note)}</p>}
        <ul class="models" aria-label="Models">
          {provider.models.map((model) => (
            <li key={model}>{model}</li>
          ))}
          {provider.models.length === 0 && <li class="quiet">the model that is asked for</li>}
        </ul>
      </div>
      <div class="limits">
        <Headroom windows={windows} now={now} running={running} />
      </div>
      <dl class="figures">
        <Figure name="Answers" value={number(provider.answers)} />
        <Figure
          name={provider.medianMs === undefined ? 'Average time' : 'Median time'}
          value={timeOf(provider)}
          {...(provider.medianMs !== undefined && provider.usualMs !== undefined
            ? { note: `average ${duration(provider.usualMs)}` }
            : {})}
        />
        <Figure name="Cost" value={spendOf(provider)} />
      </dl>
      {running && <Steering provider={provider} view={view} session={session} steerable={steerable} />}
    </li>
  );
}

function timeOf({ medianMs, usualMs }: ProviderView): string {
  const ms = medianMs ?? usualMs;
  return ms === undefined ? '–' : duration(ms);
}

/** Claude under a plan and local models cost nothing on top: "$0.00" would claim to have counted. */
export function spendOf({ paid, usd, answers }: ProviderView): string {
  if (usd === null) return answers === 0 ? dollars(0) : dollars(null);
  if (!paid && usd === 0) return 'nothing extra';
  return dollars(usd);
}

type StateProps = { provider: ProviderView; serving: boolean; running: boolean; now: number };

function State({ provider: { state, until, cooldownFamily }, serving, running, now }: StateProps) {
  // A limit of one family of models leaves the others ready.
  const whose = cooldownFamily === undefined ? '' : ` for ${sentence(cooldownFamily)}`;
  if (serving) return <p class="state serving-now">Answering now</p>;
  switch (state) {
    case 'ready':
      return running ? <p class="state ready">Available</p> : null;
    case 'no_key':
      return <p class="state absent">No key</p>;
    case 'over_budget':
      return <p class="state waiting">Over budget</p>;
    case 'cannot_take':
      return <p class="state waiting">Cannot take it</p>;
    case 'cooldown':
      if (until === undefined) return <p class="state waiting">Unavailable{whose}</p>;
      if (!running)
        return (
          <p class="state waiting">
            Unavailable{whose} until {clock(until, now)}
          </p>
        );
      if (until <= now) return <p class="state ready">Available again</p>;
      return (
        <p class="state waiting">
          Back{whose} in <time class="ticking">{ticking(until - now)}</time>
        </p>
      );
  }
}

function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note !== undefined && <span class="quiet"> {note}</span>}
      </dd>
    </div>
  );
}

function Steering({ provider, view, session, steerable }: Omit<Props, 'now'> & { provider: ProviderView }) {
  const steer = view.live?.steer;
  const chosen = steer?.provider === provider.id;
  const useless = provider.state === 'no_key';
  const button = (only: boolean, text: 'Use' | 'Only', hint: string) => (
    <button
      type="button"
      aria-label={`${text} ${provider.label}`}
      aria-pressed={chosen && steer.only === only}
      disabled={!steerable || useless}
      title={useless ? `${provider.label} has no key: see “ccmux providers”` : hint}
      onClick={() => session.use({ provider: provider.id, only })}
    >
      {text}
    </button>
  );
  return (
    <div class="steering" role="group" aria-label={`Who answers: ${provider.label}`}>
      {button(false, 'Use', 'From the next request on; failover stays on')}
      {button(true, 'Only', `${provider.label} and nobody else: no failover`)}
    </div>
  );
}
