import { Badge } from './badge.tsx';
import { Budget, isOverBudget } from './budget.tsx';
import { Spend } from './cards.tsx';
import { tokens } from '../../words/limit.ts';
import { planTexts } from '../../words/plan.ts';
import { sentence } from '../../words/text.ts';
import { otherProgramsText } from '../../words/programs.ts';
import type { Session } from './session.ts';
import type { ProviderView, View } from './view.ts';

/** Tokens and estimated cost by provider. */
type Props = { view: View; session: Session; steerable: boolean };

export function UsageTable({ view, session, steerable }: Props) {
  const rows = view.providers.filter(({ answers, failures }) => answers > 0 || failures > 0);
  const { otherPrograms: programs = 0 } = view.summary;
  const { taken, billed } = planTexts(view.summary, view.live?.now ?? view.summary.lastAt);
  const most = Math.max(1, ...rows.map(allTokens));
  const unknown = rows.some(({ usd, answers }) => usd === null && answers > 0);
  return (
    <section aria-labelledby="usage">
      <h2 id="usage">Tokens and cost</h2>
      <div class="panel">
        {rows.length === 0 ? (
          <p class="empty">Nothing was used yet.</p>
        ) : (
          <table class="usage" aria-labelledby="usage">
            <thead>
              <tr>
                <th scope="col">Provider</th>
                <th scope="col">In</th>
                <th scope="col">Cached</th>
                <th scope="col">Out</th>
                <th scope="col">Cost</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <span class="named">
                      <Badge look={row.look} />
                      {row.label}
                    </span>
                    <span class="share">
                      <span class={`look-${row.look.slot}`} style={{ width: `${(allTokens(row) / most) * 100}%` }} />
                    </span>
                  </th>
                  <td>{tokens(row.usage.inputTokens + row.usage.cacheWriteTokens)}</td>
                  <td>{tokens(row.usage.cacheReadTokens)}</td>
                  <td>{tokens(row.usage.outputTokens)}</td>
                  <td class="cost">
                    <Spend provider={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {rows.length > 0 && (
          <p class="note quiet">
            {taken !== undefined && `5-hour limit: ${taken}. `}
            {billed !== undefined && `${sentence(billed)}. `}
            Costs are estimates from published prices.
            {unknown && ' “Unknown”: at least one answer came from a model whose price ccmux does not know.'}
          </p>
        )}
        {!isOverBudget(view) && <Budget view={view} session={session} steerable={steerable} />}
        {programs > 0 && <p class="note quiet">{otherProgramsText(programs)}</p>}
      </div>
    </section>
  );
}

function allTokens({ usage }: ProviderView): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
}
