import type { LiveState } from '../../state/live.ts';
import type { Session } from './session.ts';
import { labelOf, type View } from './view.ts';

type Props = { live: LiveState; view: View; session: Session; steerable: boolean };

/** Who answers: by the order or by the user's choice, with or without failover. */
export function Choice({ live, view, session, steerable }: Props) {
  const { steer } = live;
  const providers = live.providers.filter(({ routed }) => !routed);
  const order = providers.map(({ id }) => labelOf(view, id)).join(', ');
  return (
    <div class="choice">
      <div class="segments" role="group" aria-label="Who answers">
        <button
          type="button"
          aria-pressed={steer === null}
          disabled={!steerable}
          title={`Your order decides: ${order}`}
          onClick={() => session.use({ provider: 'auto', only: false })}
        >
          Automatic
        </button>
        {providers.map(({ id, state }) => {
          const name = labelOf(view, id);
          const useless = state === 'no_key';
          return (
            <button
              key={id}
              type="button"
              aria-pressed={steer?.provider === id}
              disabled={!steerable || useless}
              title={useless ? `${name} has no key: see “ccmux providers”` : `${name} answers from the next request on`}
              onClick={() => session.use({ provider: id, only: steer?.only ?? false })}
            >
              {name}
            </button>
          );
        })}
      </div>
      <label class="check" title="If the chosen one fails, you see its error">
        <input
          type="checkbox"
          checked={steer?.only ?? false}
          disabled={!steerable || steer === null}
          onChange={(event) => steer && session.use({ provider: steer.provider, only: event.currentTarget.checked })}
        />
        No failover
      </label>
    </div>
  );
}
