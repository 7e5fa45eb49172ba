import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ProviderId } from '../../events.ts';
import { Detail } from './detail.tsx';
import { everything, filterRows, rowsOf, type Filter } from './filter.ts';
import { groupsOf, itemsOf, type Item } from './groups.ts';
import { MessageRow } from './message-row.tsx';
import { usePrinting } from './printing.ts';
import { number, plural } from '../../words/text.ts';
import { ResponseRow } from './response-row.tsx';
import { useRoom } from './room.ts';
import { labelOf, type View } from './view.ts';
import { useVisible } from './visible.ts';

const columns = ['Time', 'Message', 'Prompt', 'Provider', 'Model', 'Status', 'Seconds', 'Tokens', 'Request id'];

/**
 * Every answer with its provider, grouped by message, the newest first; a filter shows single answers. Only the rows on
 * the screen are drawn.
 */
export function Responses({ view }: { view: View }) {
  const [filter, setFilter] = useState<Filter>(everything);
  const [opened, setOpened] = useState<number>();
  const { responses } = view.summary;
  const rows = useMemo(() => rowsOf(view), [responses, view.summary.failures.length]);
  const shown = useMemo(() => filterRows(rows, filter, view), [rows, filter]);
  const groups = useMemo(() => groupsOf(rows), [rows]);
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const printing = usePrinting();
  const items = useMemo((): Item[] => {
    if (shown.length < rows.length) return shown.map((row) => ({ kind: 'response', row }));
    return itemsOf(groups, (turn) => printing || unfolded.has(turn));
  }, [shown, rows, groups, unfolded, printing]);
  const toggle = (turn: number) => setUnfolded((before) => toggled(before, turn));
  const { room, more } = useRoom(items.length, printing);
  const detail = opened === undefined ? undefined : rows.find(({ response }) => response.exchange === opened);
  return (
    <section id="responses" tabIndex={-1} aria-labelledby="responses-title">
      <div class="table-head">
        <h2 id="responses-title">Responses</h2>
        <p class="quiet" role="status">
          {shown.length === rows.length
            ? plural(rows.length, 'response')
            : `${number(shown.length)} of ${plural(rows.length, 'response')}`}
        </p>
        <FilterBar view={view} filter={filter} onChange={setFilter} />
      </div>
      <div class="panel table-panel">
        {rows.length === 0 ? (
          <p class="empty">No response yet.</p>
        ) : shown.length === 0 ? (
          <p class="empty">
            Nothing matches.{' '}
            <button type="button" onClick={() => setFilter(everything)}>
              Show all
            </button>
          </p>
        ) : (
          <>
            <Table
              view={view}
              items={items}
              groups={groups.length}
              room={room}
              printing={printing}
              onOpen={setOpened}
              onToggle={toggle}
            />
            {more !== undefined && (
              <p class="more-rows">
                <button type="button" onClick={more}>
                  Show more of the {number(items.length)}
                </button>
              </p>
            )}
          </>
        )}
      </div>
      {detail !== undefined && <Detail view={view} row={detail} onClose={() => setOpened(undefined)} />}
    </section>
  );
}

function toggled(turns: ReadonlySet<number>, turn: number): Set<number> {
  const next = new Set(turns);
  if (!next.delete(turn)) next.add(turn);
  return next;
}

type TableProps = {
  view: View;
  items: Item[];
  /** The number of messages. */
  groups: number;
  /** How many of the items are shown. */
  room: number;
  printing: boolean;
  onOpen: (exchange: number) => void;
  onToggle: (turn: number) => void;
};

function Table({ view, items, groups, room, printing, onOpen, onToggle }: TableProps) {
  const list = useRef<HTMLDivElement>(null);
  const height = useRowHeight(list);
  const [start, end] = useVisible(list, { count: room, printing }, height);
  useSteadyScroll(list, groups, height);
  return (
    <div class="table" role="table" aria-label="Responses" aria-rowcount={items.length + 1}>
      <div class="heads" role="rowgroup">
        <div class="row" role="row" aria-rowindex={1}>
          {columns.map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
      </div>
      <div class="rows" role="rowgroup" ref={list} style={{ height: `${room * height}px` }}>
        {items.slice(start, end).map((item, offset) => {
          const index = start + offset;
          const place = { view, index, top: index * height };
          if (item.kind === 'message') {
            return <MessageRow key={`message ${item.turn}`} {...place} item={item} onToggle={onToggle} />;
          }
          const { row, step } = item;
          return <ResponseRow key={row.response.exchange} {...place} row={row} step={step} onOpen={onOpen} />;
        })}
      </div>
    </div>
  );
}

/** The style sheet decides, by the window's width, how tall a row is. */
function useRowHeight(list: { current: HTMLElement | null }): number {
  const [height, setHeight] = useState(44);
  useLayoutEffect(() => {
    const read = () => {
      const value = list.current && Number.parseFloat(getComputedStyle(list.current).getPropertyValue('--row'));
      if (value) setHeight(value);
    };
    read();
    addEventListener('resize', read);
    return () => removeEventListener('resize', read);
  }, []);
  return height;
}

/** New answers come in at the top, and must not move the rows that the user reads. */
function useSteadyScroll(list: { current: HTMLElement | null }, count: number, height: number): void {
  const before = useRef(count);
  useLayoutEffect(() => {
    const added = count - before.current;
    before.current = count;
    if (added > 0 && list.current !== null && list.current.getBoundingClientRect().top < 0) {
      scrollBy({ top: added * height, behavior: 'instant' });
    }
  }, [count]);
}

function FilterBar({ view, filter, onChange }: { view: View; filter: Filter; onChange: (filter: Filter) => void }) {
  const choices = useMemo(() => choicesOf(view), [view.summary.responses]);
  return (
    <div class="filter" role="search" aria-label="Filter the responses">
      <input
        type="search"
        aria-label="Text in the responses"
        placeholder="Filter by prompt, model, id …"
        value={filter.text}
        onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
      />
      <select
        aria-label="Provider"
        value={String(choices.findIndex((choice) => choice === filter.provider))}
        onChange={(event) => onChange({ ...filter, provider: choices[Number(event.currentTarget.value)] })}
      >
        <option value="-1">All providers</option>
        {choices.map((choice, index) => (
          <option key={choice} value={String(index)}>
            {choice === null ? 'Nobody' : labelOf(view, choice)}
          </option>
        ))}
      </select>
      <label class="check">
        <input
          type="checkbox"
          checked={filter.onlyFailovers}
          onChange={(event) => onChange({ ...filter, onlyFailovers: event.currentTarget.checked })}
        />
        Only failovers
      </label>
    </div>
  );
}

/** Who wrote any of the responses, in the user's order; `null`, nobody, comes last. */
function choicesOf({ providers, summary }: View): (ProviderId | null)[] {
  const seen = new Set(summary.responses.map(({ provider }) => provider ?? null));
  return [...providers.map(({ id }) => id), null].filter((choice) => seen.has(choice));
}
