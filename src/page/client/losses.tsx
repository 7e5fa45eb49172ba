import { Badge } from './badge.tsx';
import { plural, sentence } from '../../words/text.ts';
import { labelOf, type View } from './view.ts';

/** What translation dropped or changed; and ccmux's own faults. */
export function Losses({ view }: { view: View }) {
  const { warnings, faults } = view.summary;
  return (
    <section aria-labelledby="losses">
      <h2 id="losses">Lost in translation</h2>
      <div class="panel">
        {warnings.length === 0 ? (
          <p class="empty">Nothing was dropped or changed.</p>
        ) : (
          <ul class="losses">
            {warnings.map(({ provider, what, detail, count }) => (
              <li key={`${provider} ${what}`}>
                <Badge look={view.byId.get(provider)?.look} />
                <span class="sr">{labelOf(view, provider)}: </span>
                <span>{sentence(detail)}</span>
                <span class="count">{plural(count, 'time')}</span>
              </li>
            ))}
          </ul>
        )}
        {faults.length > 0 && (
          <>
            <h3>Faults in ccmux</h3>
            <p class="note quiet">None of them failed a request.</p>
            <ul class="losses">
              {faults.map(({ where, message, count }) => (
                <li key={where + message}>
                  <span>
                    {where}: {message}
                  </span>
                  <span class="count">{plural(count, 'time')}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  );
}
