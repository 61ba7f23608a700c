// The state of the page, and how each piece of news from the server changes it.
// Nothing here reads the clock or the network.
import type { Alert, Failure, InventoryEvent, Part, Reservation, Row, StoreTotals } from "./api";
import type { Connection } from "./stream";

const keptEvents = 200;
export const keptAlerts = 50;
const keptMinutes = 30;
const keptChanges = 60_000;

export interface SeenEvent extends InventoryEvent {
  seen: number;
}

export interface SeenAlert extends Alert {
  live: boolean; // raised while the page was open
}

export interface Totals {
  rows: number;
  available: number;
  reserved: number;
  low: number;
}

export interface MinuteActivity {
  reservations: number;
  sales: number;
}

export interface State {
  rows: Part<Row> | null; // null: not loaded yet
  totals: Totals | null; // of all rows of the chosen store, or of all stores
  changed: ReadonlyMap<string, number>; // changed rows by rowKey, with the time at which the page saw the change
  stores: string[]; // every store that has stock and that the key may see
  pending: Part<Reservation> | null;
  events: SeenEvent[]; // newest first
  alerts: SeenAlert[] | null; // newest first
  names: ReadonlyMap<string, string>; // of products, by id
  activity: ReadonlyMap<number, MinuteActivity>; // by minute
  connection: Connection;
  asOf: number | null; // when the shown figures were read
  behindSince: number | null; // the first change that no reading has covered yet
  trouble: Failure | null; // why the last reading failed
}

export const emptyState: State = {
  rows: null,
  totals: null,
  changed: new Map(),
  stores: [],
  pending: null,
  events: [],
  alerts: null,
  names: new Map(),
  activity: new Map(),
  connection: "connecting",
  asOf: null,
  behindSince: null,
  trouble: null,
};

export function rowKey(r: { product_id: string; store_id: string }): string {
  return `${r.product_id}/${r.store_id}`;
}

/** The state after the user chose another store: no figure of the previous store is left. */
export function withoutFigures(old: State): State {
  const { stores, names, events, connection } = old;
  return { ...emptyState, stores, names, events, connection };
}

/** Replaces the rows and notes which of them have changed. */
export function withRows(old: State, rows: Part<Row>, now: number): State {
  return { ...old, rows, changed: changedRows(old, rows, now) };
}

// changedRows returns the rows that differ from the shown ones, after the earlier
// changes of the last minute.
function changedRows(old: State, rows: Part<Row>, now: number): State["changed"] {
  if (old.rows === null) return old.changed;
  const versions = new Map(old.rows.list.map((r) => [rowKey(r), r.version]));
  const changed = rows.list.filter((r) => versions.get(rowKey(r)) !== r.version);
  if (changed.length === 0) return old.changed;
  const recent = [...old.changed].filter(([, at]) => now - at < keptChanges);
  return new Map([...recent, ...changed.map((r): [string, number] => [rowKey(r), now])]);
}

/** Adds an event, unless the page has seen it already. */
export function withEvent(old: State, e: InventoryEvent, now: number): State {
  if (old.events.some((o) => o.id === e.id)) return old;
  const next = {
    ...old,
    events: [{ ...e, seen: now }, ...old.events].slice(0, keptEvents),
    activity: countActivity(old.activity, e),
  };
  return e.event_type === "alert.raised" ? withAlerts(next, [e.payload as unknown as Alert], true) : next;
}

/** Adds the alerts that are new; live ones were raised while the page was open. */
export function withAlerts(old: State, list: Alert[], live: boolean): State {
  const known = old.alerts ?? [];
  const added = list.filter((a) => !known.some((k) => k.id === a.id)).map((a) => ({ ...a, live }));
  const alerts = [...added, ...known].sort((a, b) => b.raised_at.localeCompare(a.raised_at)).slice(0, keptAlerts);
  return { ...old, alerts };
}

export function withNames(old: State, names: ReadonlyMap<string, string>): State {
  return { ...old, names: new Map([...old.names, ...names]) };
}

// countActivity counts reservations and sales by the minute of the event.
function countActivity(old: State["activity"], e: InventoryEvent): State["activity"] {
  const reservation = e.event_type === "reservation.created";
  const sale = e.event_type === "reservation.confirmed";
  if (!reservation && !sale) return old;
  const minute = Math.floor(Date.parse(e.created_at) / 60_000);
  const next = new Map([...old].filter(([m]) => m > minute - 2 * keptMinutes));
  const before = next.get(minute) ?? { reservations: 0, sales: 0 };
  next.set(minute, {
    reservations: before.reservations + (reservation ? 1 : 0),
    sales: before.sales + (sale ? 1 : 0),
  });
  return next;
}

/** The sums over one store, or over all for "". */
export function sumTotals(stores: ReadonlyMap<string, StoreTotals>, store: string): Totals {
  const totals = { rows: 0, available: 0, reserved: 0, low: 0 };
  for (const s of stores.values()) {
    if (store !== "" && s.store_id !== store) continue;
    totals.rows += s.rows;
    totals.available += s.available;
    totals.reserved += s.reserved;
    totals.low += s.low;
  }
  return totals;
}
