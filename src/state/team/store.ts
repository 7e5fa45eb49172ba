import { randomBytes } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import type { Change } from '../shared-facts.ts';
import type { FactsStore } from '../facts-store.ts';
import { aheadOf, facingHere, movedChange, sharedDays } from './clock.ts';
import {
  activeMachines,
  applyBatches,
  applyTeam,
  capWhileAway,
  committed,
  noTeamFacts,
  prune,
  reservedUsd,
  sharable,
  type Batch,
  type TeamChange,
  type TeamFacts,
} from './facts.ts';
import {
  changeReplica,
  isSent,
  machineMark,
  newReplica,
  parseTeamFacts,
  readReplica,
  type Replica,
} from './replica.ts';
import type { Held, Server } from './server.ts';
import type { Standing } from './standing.ts';
import { whyAway } from './why-away.ts';

/** The facts that machines share, and the caps that they keep together. */
export type TeamStore = FactsStore & {
  standing(): Standing;
  /**
   * Reserves what a request may cost against the day's cap, before it is made. While the server is away, against this
   * machine's share of what was left.
   * @returns the reservation's id; undefined where the cap leaves no room.
   */
  reserve(usd: number, cap: number): Promise<string | undefined>;
  /** The request is over, and what it cost is on record. */
  release(id: string): Promise<void>;
  /** Reserved for requests of other sessions and machines, US dollars. */
  reservedElsewhere(): number;
  /** The day's cap as it holds now. */
  capNow(cap: number): number;
};

const POLL_MS = 1_000;
/** At first, then doubling. */
const RETRY_MS = { first: 1_000, most: 15_000 };
/** A launch waits no longer for the server. */
const FIRST_MS = 1_000;
/** No answer takes longer: by then what it cost is on record, or its session was killed. */
const RESERVED_MS = 15 * 60_000;
/** A machine that only reads says so often that it is there. */
const PRESENCE_MS = 3_600_000;
/** So many others were faster: something is wrong. */
const MOST_TRIES = 200;

/**
 * Keeps the facts on a server that other machines use as well, and in a file of this machine. Every change is in the
 * file before it is sent, so that a killed session loses none; the file's other sessions send what it could not.
 *
 * @param input.key what the server keeps the facts under.
 * @param input.onStanding called when the server is lost, and when it is back.
 */
export function openTeamStore(input: {
  file: string;
  key: string;
  connect: () => Promise<Server>;
  now: () => number;
  onStanding: (standing: Standing) => void;
  onDamage: (fault: unknown) => void;
}): TeamStore {
  const { file, key, now, onDamage } = input;
  let replica = newReplica();
  let server: Server | undefined;
  let standing: Standing = { state: 'connecting' };
  let retryMs = RETRY_MS.first;
  let onNews = () => {};
  let timer: NodeJS.Timeout | undefined;
  let first: Promise<boolean> | undefined;
  let closed = false;
  /** Questions to the server take turns. */
  let turn: Promise<unknown> = Promise.resolve();
  /** The reservations of this session. */
  const own = new Set<string>();

  const serverNow = () => now() + replica.aheadMs;
  const days = sharedDays(() => replica.aheadMs);
  const today = () => days.dayOf(now());

  /** The facts with what the server does not have yet. */
  function view(): TeamFacts {
    const facts = structuredClone(replica.facts ?? noTeamFacts());
    applyBatches(facts, unsent(facts), serverNow());
    return facts;
  }

  function unsent(facts: TeamFacts): Batch[] {
    return replica.batches
      .filter((batch) => !isSent(batch, facts))
      .map((batch) => ({
        ...batch,
        changes: batch.changes.map((one) => movedChange(one, replica.aheadMs - batch.aheadMs)),
      }));
  }

  /** Of what this session and the file know, the later; the file has the batches of all sessions. */
  function join(known: Replica): void {
    const { facts, revision, lastAt, aheadMs } = known.lastAt > replica.lastAt ? known : replica;
    Object.assign(known, { facts, revision, lastAt, aheadMs });
    replica = known;
  }

  /** @param more is appended as one batch. */
  async function keep(more: readonly TeamChange[] | ((facts: TeamFacts) => readonly TeamChange[])): Promise<void> {
    await changeReplica(
      file,
      now(),
      (known) => {
        join(known);
        const changes = typeof more === 'function' ? more(view()) : more;
        if (changes.length === 0) return;
        const { aheadMs } = replica;
        replica.seq += 1;
        replica.batches.push({
          machine: machineMark(replica),
          seq: replica.seq,
          at: serverNow(),
          aheadMs,
          changes: [...changes],
        });
      },
      onDamage,
    );
  }

  /** @param more is sent at once and not kept: the caller asks what became of it. @returns false: the server is away. */
  function sync(more: readonly TeamChange[] = []): Promise<boolean> {
    const mine = turn.then(() => exchange(more));
    turn = mine;
    return mine;
  }

  async function exchange(more: readonly TeamChange[]): Promise<boolean> {
    if (closed && server === undefined) return false;
    const before = replica.revision;
    try {
      server ??= await input.connect();
      if (closed) return hangUp();
      take(await server.read(key, replica.revision));
      await send(server, more);
    } catch (fault) {
      hangUp();
      away(fault);
      return false;
    }
    reached();
    if (replica.revision !== before) onNews();
    return true;
  }

  function hangUp(): false {
    server?.close();
    server = undefined;
    return false;
  }

  async function send(to: Server, more: readonly TeamChange[]): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const facts = structuredClone(replica.facts ?? noTeamFacts());
      const batches = unsent(facts);
      const at = serverNow();
      const mark = machineMark(replica);
      const present = facts.machines[mark];
      const isNew = present === undefined || present.at < at - PRESENCE_MS;
      if (batches.length + more.length === 0 && !isNew && replica.revision !== '') return;
      applyBatches(facts, batches, at);
      for (const change of more) applyTeam(facts, change, at);
      facts.machines[mark] = { seq: facts.machines[mark]?.seq ?? 0, at };
      prune(facts, at);
      facts.savedAt = at;
      const next = { revision: randomBytes(6).toString('hex'), text: JSON.stringify(facts) };
      const held = await to.replace(key, replica.revision, next);
      if (held.revision === next.revision) {
        Object.assign(replica, { facts, revision: held.revision, lastAt: held.now });
        return;
      }
      take(held);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(50, 2 * tries)));
    }
    throw new Error('too many machines write at once');
  }

  function take({ now: at, revision, text }: Held): void {
    replica.aheadMs = aheadOf(replica.aheadMs, at - now());
    if (text !== undefined) {
      // Where the server has lost its facts, it gets them back from the first machine that comes.
      const facts = revision === '' ? replica.facts : parseTeamFacts(text);
      if (facts === 'foreign') throw new Error('a newer ccmux has written there');
      if (facts === undefined && revision !== '') throw new Error('what is there was not written by ccmux');
      Object.assign(replica, { revision, ...(facts && { facts }) });
    }
    replica.lastAt = at;
  }

  function reached(): void {
    const machines = activeMachines(replica.facts ?? noTeamFacts(), replica.lastAt);
    const wasAway = standing.state === 'away';
    standing = { state: 'connected', machines };
    retryMs = RETRY_MS.first;
    if (wasAway) input.onStanding(standing);
  }

  function away(fault: unknown): void {
    if (closed) return;
    const before = standing;
    const since = before.state === 'away' ? before.since : now();
    standing = { state: 'away', why: whyAway(fault), known: replica.facts !== undefined, since };
    if (before.state !== 'away') input.onStanding(standing);
  }

  function poll(): void {
    if (closed) return;
    const isAway = standing.state === 'away';
    timer = setTimeout(() => void sync().then(poll), isAway ? retryMs : POLL_MS);
    timer.unref();
    if (isAway) retryMs = Math.min(2 * retryMs, RETRY_MS.most);
  }

  async function reserveAway(id: string, usd: number, cap: number): Promise<boolean> {
    let fits = false;
    await keep((facts) => {
      const date = today();
      fits = committed(facts, date, serverNow()) + usd <= capAway(cap);
      return fits ? [{ do: 'reserve', id, usd, date, until: serverNow() + RESERVED_MS }] : [];
    });
    return fits;
  }

  const capAway = (cap: number) => capWhileAway(replica.facts, cap, today(), replica.lastAt);

  return {
    async read() {
      // The file gives the machine its name, before the server hears of it.
      join((await readReplica(file)) ?? (await changeReplica(file, now(), () => {}, onDamage)));
      first ??= sync();
      if (standing.state === 'connecting') await Promise.race([first, wait(FIRST_MS)]);
      return facingHere(view(), replica.aheadMs);
    },
    async write(changes: readonly Change[]) {
      await keep(changes.map((change) => movedChange(sharable(change), replica.aheadMs)));
      if (standing.state !== 'away') void sync();
      return facingHere(view(), replica.aheadMs);
    },
    watch(listener) {
      onNews = listener;
      watchFile(file, { interval: POLL_MS, persistent: false }, onNews);
      poll();
    },
    async close() {
      clearTimeout(timer);
      if (standing.state === 'connected') await Promise.race([sync(), wait(FIRST_MS)]);
      closed = true;
      unwatchFile(file, onNews);
      onNews = () => {};
      hangUp();
      if (replica.lastAt > 0) await keep([]);
    },
    days,
    standing: () => standing,
    async reserve(usd, cap) {
      const id = randomBytes(6).toString('hex');
      own.add(id);
      const wish = { do: 'reserve', id, usd, date: today(), until: serverNow() + RESERVED_MS, cap } as const;
      const isAsked = standing.state !== 'away' && (await sync([wish]));
      const granted = isAsked ? replica.facts?.reserved[id] !== undefined : await reserveAway(id, usd, cap);
      if (granted) return id;
      own.delete(id);
      return undefined;
    },
    async release(id) {
      await keep([{ do: 'release', id }]);
      own.delete(id);
      if (standing.state !== 'away') void sync();
    },
    reservedElsewhere: () => reservedUsd(view(), today(), serverNow(), own),
    capNow: (cap) => (standing.state === 'away' ? capAway(cap) : cap),
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
