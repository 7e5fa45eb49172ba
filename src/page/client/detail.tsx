import { useEffect, useRef } from 'preact/hooks';
import { Badge } from './badge.tsx';
import { Copy } from './copy.tsx';
import type { Row } from './filter.ts';
import { dollars } from '../../words/money.ts';
import { number, plural, sentence } from '../../words/text.ts';
import { dayAndTime, duration } from '../../words/time.ts';
import { promptOf, statusOf } from './response-row.tsx';
import { whyHere } from '../../words/why-here.ts';
import { obstaclePart, whyPart, withKey } from '../../words/switch.ts';
import { labelOf, lossesOf, type View } from './view.ts';

/** The details of one answer: who wrote it, who could not, and what it took. */
export function Detail({ view, row, onClose }: { view: View; row: Row; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { response, failed } = row;
  const look = response.provider === undefined ? undefined : view.byId.get(response.provider)?.look;
  return (
    <dialog
      ref={dialog}
      class="detail"
      aria-labelledby="detail-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="detail-body">
        <header>
          <Badge look={look} size="large" />
          <div>
            <h2 id="detail-title">{titleOf(view, row)}</h2>
            <p class="quiet">
              Message {response.turn}, {dayAndTime(response.at)}
            </p>
          </div>
          <button type="button" class="close" aria-label="Close" onClick={() => dialog.current?.close()}>
            ×
          </button>
        </header>
        <blockquote>{promptOf(row)}</blockquote>
        {(failed.length > 0 || response.skipped !== undefined) && (
          <ul class="attempts">
            {failed.map(({ attempt, provider, key, reason, ms }) => (
              <li key={attempt}>
                <Badge look={view.byId.get(provider)?.look} />
                {whyPart(withKey(labelOf(view, provider), key), reason)}, after {duration(ms)}
              </li>
            ))}
            {response.skipped?.map(({ provider, detail }) => (
              <li key={provider}>
                <Badge look={view.byId.get(provider)?.look} />
                {obstaclePart({ provider, reason: detail, asked: false }, (id) => labelOf(view, id))}
              </li>
            ))}
          </ul>
        )}
        <dl class="fields">
          {fieldsOf(
            row,
            whyHere(response, view.summary, (id) => labelOf(view, id)),
          ).map(([name, value]) => (
            <div key={name} class={name === WHY ? 'whole-row' : ''}>
              <dt>{name}</dt>
              <dd>
                {value}
                {name === REQUEST_ID && <Copy text={value} what="request id" />}
              </dd>
            </div>
          ))}
        </dl>
        <Lost view={view} row={row} />
      </div>
    </dialog>
  );
}

function titleOf(view: View, { response }: Row): string {
  const label = labelOf(view, response.provider);
  if (response.safetyCheck && response.outcome === 'failed') return 'Claude could not check an action of auto mode';
  switch (response.outcome) {
    case 'answered':
      return `${label} answered`;
    case 'relayed':
      return `${label}: ${response.status ?? 'error'}, passed on to Claude Code`;
    case 'declined':
      return 'Web search: not available, Claude Code was told so';
    case 'failed':
      return 'No provider could answer';
    case 'cut':
      return `${label}’s answer broke off`;
    case 'cancelled':
      return 'Cancelled before the answer was whole';
  }
}

/** What translation dropped or changed in this one answer. */
function Lost({ view, row: { response } }: { view: View; row: Row }) {
  if (response.warnings === 0) return null;
  const losses = lossesOf(view, response);
  return (
    <section class="lost" aria-labelledby="lost">
      <h3 id="lost">Lost in translation</h3>
      <ul>
        {losses.map(({ what, detail }) => (
          <li key={what + detail}>{sentence(detail)}</li>
        ))}
        {losses.length === 0 && (
          <li class="quiet">{plural(response.warnings, 'thing')}; this session was kept without their names.</li>
        )}
      </ul>
    </section>
  );
}

const WHY = 'Why here';
const REQUEST_ID = 'Request id';

function fieldsOf({ response }: Row, why: readonly string[]): [string, string][] {
  const { usage } = response;
  const count = (value: number | undefined) => (value === undefined ? undefined : number(value));
  const fields: [string, string | undefined][] = [
    [WHY, why.map(sentence).join('. ')],
    ['Model', response.model],
    ['Key', response.key === undefined ? undefined : `its key ${response.key}`],
    ['Asked for', response.askedModel],
    ['Status', statusOf(response)],
    ['Stop reason', response.stopReason],
    ['First byte', response.firstByteMs === undefined ? undefined : duration(response.firstByteMs)],
    ['Whole answer', duration(response.totalMs)],
    ['Input tokens', count(usage?.inputTokens)],
    ['Read from cache', count(usage?.cacheReadTokens)],
    ['Written to cache', count(usage?.cacheWriteTokens)],
    ['Output tokens', count(usage?.outputTokens)],
    ['Web searches', count(usage?.webSearches)],
    ['Cost', response.usd === undefined ? undefined : dollars(response.usd)],
    ['Lost in translation', response.warnings === 0 ? 'nothing' : undefined],
    [REQUEST_ID, response.requestId],
  ];
  return fields.filter((field): field is [string, string] => field[1] !== undefined);
}
