import type { Bus, ProviderId } from '../events.ts';

/** The spend on paid fallbacks and the reservations of running requests, against the user's caps. */
export type Budget = {
  isOver(): boolean;
  /** US dollars that a request may still cost, less the reservations of others; undefined: no cap. */
  left(): number | undefined;
  /** The lowest cap, US dollars. */
  cap(): number | undefined;
  /**
   * Reserves what a request may cost, until it is paid or released. A promise only where other machines keep the cap as
   * well: undefined if they leave no room for it.
   */
  reserve(usd: number): Reservation | Promise<Reservation | undefined>;
  /**
   * @param usd null when the price is unknown.
   * @param assumedUsd the amount that then counts against the caps.
   */
  spend(provider: ProviderId, usd: number | null, assumedUsd?: number): void;
  /** The user lets this session spend this much more, US dollars. */
  lift(usd: number): void;
  /** The configuration has a lower cap now. A higher one is ignored. */
  tighten(caps: Caps): void;
  view(): {
    perSessionUsd?: number;
    perDayUsd?: number;
    spentSessionUsd: number;
    spentDayUsd: number;
    /** Counted for answers whose price is unknown; not in the sums above. */
    assumedSessionUsd: number;
    assumedDayUsd: number;
    /** Reserved for running requests. */
    reservedUsd: number;
    /** By how much the user raised the caps. */
    liftedUsd: number;
    unknownPrices: boolean;
  };
};

/** US dollars. */
export type Caps = { perSession?: number; perDay?: number };

/** May be released again, or after payment, without effect. */
export type Reservation = { usd: number; release(): void };

/** The spend of all sessions today, from the shared state. */
type Day = {
  spentToday(): number;
  assumedToday(): number;
  spendUnknown(): boolean;
  addSpend(provider: ProviderId, usd: number | null, assumedUsd?: number): void;
  /** Given where other machines keep the day's cap as well. */
  together?: Together;
};

/** A cap that several machines keep: `state/team/store.ts` is the real one. */
export type Together = {
  /** The cap as it holds now: less than what is configured while the others cannot be asked. */
  capNow(usd: number): number;
  /** Reserved by others, US dollars. */
  reservedElsewhere(): number;
  /** @returns what ends the reservation; undefined where the cap leaves no room. */
  reserve(usd: number, cap: number): Promise<(() => void) | undefined>;
};

function lower(name: keyof Caps, was: number | undefined, now: number | undefined): Caps {
  return now !== undefined && (was === undefined || now < was) ? { [name]: now } : {};
}

/** A cap, and what counts against it, US dollars. */
type Scope = { scope: 'session' | 'day'; limitUsd: number; spent(): number; elsewhere(): number };

/** The share of a cap at which the user is warned. */
const NEAR = 0.8;

export function createBudget(caps: Caps, day: Day, bus: Bus): Budget {
  let held: Caps = { ...caps };
  let session = 0;
  let assumed = 0;
  let lifted = 0;
  let unknownPrices = false;
  const reserved = new Set<Reservation>();
  const told = new Set<string>();
  const capOf = (cap: number | undefined) => (cap === undefined ? undefined : cap + lifted);
  // What was spent is summed up only where there is a cap: this is called with every request.
  const capOfDay = () => {
    const cap = capOf(held.perDay);
    return cap === undefined || !day.together ? cap : day.together.capNow(cap);
  };
  /** The caps that the user has set. */
  const scopes = (): Scope[] => {
    const [perSession, perDay] = [capOf(held.perSession), capOfDay()];
    const capped: Scope[] = [];
    if (perSession !== undefined)
      capped.push({ scope: 'session', limitUsd: perSession, spent: () => session + assumed, elsewhere: () => 0 });
    if (perDay !== undefined) {
      const spent = () => day.spentToday() + day.assumedToday();
      capped.push({ scope: 'day', limitUsd: perDay, spent, elsewhere: () => day.together?.reservedElsewhere() ?? 0 });
    }
    return capped;
  };
  const reservedUsd = () => [...reserved].reduce((sum, { usd }) => sum + usd, 0);
  const least = (numbers: readonly number[]) => (numbers.length === 0 ? undefined : Math.min(...numbers));

  async function withOthers(together: Together, own: Reservation, cap: number): Promise<Reservation | undefined> {
    const end = await together.reserve(own.usd, cap).catch(() => undefined);
    if (end === undefined) own.release();
    return end && { usd: own.usd, release: () => (own.release(), end()) };
  }

  function tell(): void {
    for (const { scope, limitUsd, spent } of scopes()) {
      const spentUsd = spent();
      const level = spentUsd >= limitUsd ? 'over' : spentUsd >= limitUsd * NEAR ? 'near' : undefined;
      if (!level || told.has(scope + level)) continue;
      told.add(scope + level);
      bus.emit({ type: 'budget-reach', scope, spentUsd, limitUsd, level });
    }
  }

  return {
    isOver: () => scopes().some(({ limitUsd, spent }) => spent() >= limitUsd),
    left: () =>
      least(scopes().map(({ limitUsd, spent, elsewhere }) => limitUsd - spent() - elsewhere() - reservedUsd())),
    cap: () => least(scopes().map(({ limitUsd }) => limitUsd)),
    reserve(usd) {
      const reservation: Reservation = { usd, release: () => void reserved.delete(reservation) };
      reserved.add(reservation);
      const cap = capOf(held.perDay);
      return day.together && cap !== undefined ? withOthers(day.together, reservation, cap) : reservation;
    },
    spend(provider, price, assumedUsd = 0) {
      // A sum that becomes NaN would never exceed its cap.
      const usd = price !== null && Number.isFinite(price) && price >= 0 ? price : null;
      day.addSpend(provider, usd, usd === null ? assumedUsd : 0);
      if (usd === null) {
        unknownPrices = true;
        assumed += assumedUsd;
      } else session += usd;
      tell();
    },
    lift(usd) {
      lifted += usd;
      told.clear();
      bus.emit({ type: 'budget-lift', byUsd: usd });
    },
    tighten({ perSession, perDay }) {
      held = { ...held, ...lower('perSession', held.perSession, perSession), ...lower('perDay', held.perDay, perDay) };
      tell();
    },
    view() {
      const [perSessionUsd, perDayUsd] = [capOf(held.perSession), capOfDay()];
      return {
        ...(perSessionUsd !== undefined && { perSessionUsd }),
        ...(perDayUsd !== undefined && { perDayUsd }),
        spentSessionUsd: session,
        spentDayUsd: day.spentToday(),
        assumedSessionUsd: assumed,
        assumedDayUsd: day.assumedToday(),
        reservedUsd: reservedUsd(),
        liftedUsd: lifted,
        unknownPrices: unknownPrices || day.spendUnknown(),
      };
    },
  };
}
