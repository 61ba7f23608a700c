// What the page knows about the server, kept up to date: the stock, the pending
// reservations, the latest events and the state of the connection.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert, Client, Failure, InventoryEvent, Part, Reservation, Row } from "./api";
import { Live } from "./live";
import type { Connection } from "./stream";

const keptEvents = 200;
export const keptAlerts = 50;
const keptMinutes = 30;

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

export interface Inventory {
  rows: Part<Row> | null; // null: not loaded yet
  totals: Totals | null; // of all rows of the chosen store, or of all stores
  changed: ReadonlyMap<string, number>; // rows by rowKey, with the time at which they were seen to change
  stores: string[]; // every store that has stock, and that the key may see
  pending: Part<Reservation> | null;
  events: SeenEvent[];
  alerts: SeenAlert[] | null; // newest first
  names: ReadonlyMap<string, string>; // of products, by id
  activity: ReadonlyMap<number, { reservations: number; sales: number }>; // by minute
  connection: Connection;
  asOf: number | null; // when the shown figures were read
  behindSince: number | null; // the first change that no reading has covered yet
  trouble: Failure | null; // why the last reading failed
  refresh(): void;
}

export function rowKey(r: { product_id: string; store_id: string }): string {
  return `${r.product_id}/${r.store_id}`;
}

type State = Omit<Inventory, "refresh">;

const nothing: State = {
  rows: null, totals: null, changed: new Map(), stores: [], pending: null, events: [], alerts: null, names: new Map(),
  activity: new Map(), connection: "connecting", asOf: null, behindSince: null, trouble: null,
};

/** Follows the server until the component goes; store "" means all stores. */
export function useInventory(client: Client, store: string, refused: (err: Failure) => void): Inventory {
  const [state, setState] = useState<State>(nothing);
  const live = useRef<Live | null>(null);

  useEffect(() => {
    const change = (next: (old: State) => Partial<State>) => setState((old) => ({ ...old, ...next(old) }));
    // Figures of the store before must not stand under the name of this one.
    change((old) => ({ ...nothing, stores: old.stores, names: old.names, events: old.events, connection: old.connection }));
    const l = new Live(client, store, {
      rows: (rows) => change((old) => ({ rows, changed: alter(old, rows) })),
      totals: (totals, stores) => change(() => ({ totals, stores })),
      pending: (pending) => change(() => ({ pending })),
      alerts: (list) => change((old) => ({ alerts: merge(old.alerts ?? [], list, false) })),
      names: (names) => change((old) => ({ names: new Map([...old.names, ...names]) })),
      event: (e) => change((old) => see(old, e)),
      connection: (connection) => change(() => ({ connection })),
      read: (asOf, behindSince) => change(() => ({ asOf, behindSince, trouble: null })),
      behind: (behindSince) => change(() => ({ behindSince })),
      failed: (trouble) => change(() => ({ trouble })),
      refused,
    });
    live.current = l;
    l.start();
    return () => l.stop();
  }, [client, store]);

  return { ...state, refresh: () => live.current?.refresh() };
}

// alter returns which rows have changed, with those of the last minute.
function alter(old: State, rows: Part<Row>): State["changed"] {
  if (old.rows === null) return old.changed;
  const now = Date.now();
  const before = new Map(old.rows.list.map((r) => [rowKey(r), r.version]));
  const altered = rows.list.filter((r) => before.get(rowKey(r)) !== r.version);
  if (altered.length === 0) return old.changed;
  const recent = [...old.changed].filter(([, at]) => now - at < 60_000);
  return new Map([...recent, ...altered.map((r): [string, number] => [rowKey(r), now])]);
}

// see returns what an event changes by itself.
function see(old: State, e: InventoryEvent): Partial<State> {
  if (old.events.some((o) => o.id === e.id)) return {};
  return {
    events: [{ ...e, seen: Date.now() }, ...old.events].slice(0, keptEvents),
    activity: count(old.activity, e),
    alerts: e.event_type === "alert.raised" ? merge(old.alerts ?? [], [e.payload as unknown as Alert], true) : old.alerts,
  };
}

// merge adds the alerts that are new.
function merge(old: SeenAlert[], list: Alert[], live: boolean): SeenAlert[] {
  const added = list.filter((a) => !old.some((o) => o.id === a.id)).map((a) => ({ ...a, live }));
  return [...added, ...old].sort((a, b) => b.raised_at.localeCompare(a.raised_at)).slice(0, keptAlerts);
}

function count(old: Inventory["activity"], e: InventoryEvent): Inventory["activity"] {
  const reservation = e.event_type === "reservation.created";
  const sale = e.event_type === "reservation.confirmed";
  if (!reservation && !sale) return old;
  const minute = Math.floor(Date.parse(e.created_at) / 60_000);
  const next = new Map([...old].filter(([m]) => m > minute - 2 * keptMinutes));
  const was = next.get(minute) ?? { reservations: 0, sales: 0 };
  next.set(minute, { reservations: was.reservations + (reservation ? 1 : 0), sales: was.sales + (sale ? 1 : 0) });
  return next;
}
