import { plural, sentence } from '../../words/text.ts';
import { duration } from '../../words/time.ts';
import { testedText } from '../../words/net-test.ts';
import { isDoubtful, keyTexts, noteOf, stateText } from '../../words/ready.ts';
import { Amount } from './amount.tsx';
import { Badge } from './badge.tsx';
import { Headroom } from './headroom.tsx';
import type { ProviderView, View } from './view.ts';

type Props = { view: View; now: number };

/** A card for each provider, in the user's order; one line where no limit is known. */
export function Cards({ view, now }: Props) {
  return (
    <section aria-labelledby="providers">
      <h2 id="providers">Providers</h2>
      <ul class="cards">
        {view.providers.map((provider) => (
          <Card key={provider.id} provider={provider} view={view} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Card({ provider, view, now }: Props & { provider: ProviderView }) {
  const { id, label, look, windows, reason, state, models, tested } = provider;
  const note = reason === undefined || state === 'ready' ? undefined : noteOf(reason);
  const running = view.live !== undefined && view.summary.endedAt === undefined;
  const serving = running && view.live?.serving === id && !view.live.nobody && !view.live.waiting;
  return (
    <li
      class={`card look-edge-${look.slot} ${serving ? 'serving' : ''} ${windows.length === 0 ? 'brief' : ''}`}
      data-provider={id}
    >
      <div class="identity">
        <header>
          <Badge look={look} />
          <h3>{label}</h3>
          <State provider={provider} serving={serving} running={running} now={now} />
        </header>
        {note !== undefined && <p class="reason">{sentence(note)}</p>}
        {tested !== undefined && running && (
          <p class={tested.result === 'failed' ? 'reason' : 'quiet'}>{sentence(testedText(tested, now))}</p>
        )}
        {keyTexts(provider, now).map((text) => (
          <p class="reason" key={text}>
            {sentence(text)}
          </p>
        ))}
        <ul class="models" aria-label="Models">
          {models.map((model) => (
            <li key={model}>{model}</li>
          ))}
          {models.length === 0 && <li class="quiet">the model that is asked for</li>}
        </ul>
      </div>
      {windows.length > 0 && <Headroom windows={windows} now={now} running={running} />}
      <ul class="figures" aria-label="In this session">
        <li>{plural(provider.answers, 'answer')}</li>
        {timesOf(provider).map((time) => (
          <li key={time}>{time}</li>
        ))}
        <li class="spend">
          <Spend provider={provider} />
        </li>
      </ul>
    </li>
  );
}

/** How long its answers take, here and in all sessions. */
function timesOf({ medianMs, usualMs }: ProviderView): string[] {
  return [
    ...(medianMs === undefined ? [] : [`median ${duration(medianMs)}`]),
    ...(usualMs === undefined ? [] : [`average ${duration(usualMs)}`]),
  ];
}

/** Claude under a plan and local models cost nothing extra: "$0.00" would look like a count. */
export function Spend({ provider: { paid, usd, answers } }: { provider: ProviderView }) {
  if (!paid && usd === 0) return <>nothing extra</>;
  return <Amount usd={usd === null && answers === 0 ? 0 : usd} />;
}

type StateProps = { provider: ProviderView; serving: boolean; running: boolean; now: number };

const LOOKS: Readonly<Record<ProviderView['state'], string>> = {
  ready: 'ready',
  cooldown: 'waiting',
  no_key: 'absent',
  over_budget: 'waiting',
  cannot_take: 'waiting',
};

function State({ provider, serving, running, now }: StateProps) {
  const { state, until } = provider;
  if (serving) return <p class="state serving-now">Answers now</p>;
  if (state === 'ready' && !running) return null;
  const isOver = state === 'cooldown' && until !== undefined && until <= now;
  const look = isOver ? 'ready' : isDoubtful(provider) ? 'waiting' : LOOKS[state];
  return <p class={`state ${look}`}>{sentence(stateText(provider, now))}</p>;
}
