// What the page knows about the server, kept up to date: the stock, the pending
// reservations, the latest events and how the connection is.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Alert, type Client, Failure, type InventoryEvent, loadAlerts, loadPending, loadRows, type Reservation, type Row, rowPath } from "./api";
import { type Connection, follow } from "./stream";

export const keptEvents = 200;
export const keptAlerts = 50;
const keptMinutes = 30;
const settleTime = 150; // events of one change come together; one reading serves them all
const fewRows = 20; // more rows than these at once are read as a list
const pendingStores = 20;

export interface SeenEvent extends InventoryEvent {
  seen: number;
}

export interface SeenAlert extends Alert {
  live: boolean; // raised before the eyes of the user
}

export interface Inventory {
  rows: Row[];
  total: number;
  loaded: boolean;
  changed: ReadonlyMap<string, number>; // rows by rowKey, with when they changed before the eyes of the user
  stores: string[];
  pending: Reservation[];
  events: SeenEvent[];
  alerts: SeenAlert[]; // newest first
  activity: ReadonlyMap<number, { reservations: number; sales: number }>; // by minute
  connection: Connection;
  refresh(): void;
}

export function rowKey(r: { product_id: string; store_id: string }): string {
  return `${r.product_id}/${r.store_id}`;
}

/** Follows the server until the component goes; store "" means all stores. */
export function useInventory(client: Client, store: string, refused: (err: Failure) => void): Inventory {
  const [rows, setRows] = useState<Row[]>([]);
  const [total, setTotal] = useState(0);
  const [loaded, setLoaded] = useState(false);
  const [changed, setChanged] = useState<ReadonlyMap<string, number>>(new Map());
  const [stores, setStores] = useState<string[]>([]);
  const [pending, setPending] = useState<Reservation[]>([]);
  const [events, setEvents] = useState<SeenEvent[]>([]);
  const [alerts, setAlerts] = useState<SeenAlert[]>([]);
  const [activity, setActivity] = useState<Inventory["activity"]>(new Map());
  const [connection, setConnection] = useState<Connection>("connecting");
  const live = useRef<Live | null>(null);

  useEffect(() => {
    let before = new Map<string, number>();
    const l = new Live(client, store, {
      rows(next, all) {
        const now = Date.now();
        const altered = next.filter((r) => before.size > 0 && before.get(rowKey(r)) !== r.version);
        before = new Map(next.map((r) => [rowKey(r), r.version]));
        if (altered.length > 0) {
          setChanged((old) => {
            const recent = [...old].filter(([, at]) => now - at < 60_000);
            return new Map([...recent, ...altered.map((r): [string, number] => [rowKey(r), now])]);
          });
        }
        setRows(next);
        setTotal(all);
        setLoaded(true);
        setStores((old) => [...new Set([...old, ...next.map((r) => r.store_id)])].sort());
      },
      pending: setPending,
      alerts: (list) => setAlerts((old) => merge(old, list, false)),
      event(e) {
        if (e.event_type === "alert.raised") setAlerts((old) => merge(old, [e.payload as unknown as Alert], true));
        setEvents((old) => (old.some((o) => o.id === e.id) ? old : [{ ...e, seen: Date.now() }, ...old].slice(0, keptEvents)));
        setActivity((old) => count(old, e));
      },
      connection: setConnection,
      refused,
    });
    live.current = l;
    l.start();
    return () => l.stop();
  }, [client, store]);

  return { rows, total, loaded, changed, stores, pending, events, alerts, activity, connection, refresh: () => live.current?.refresh() };
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

interface Watcher {
  rows(rows: Row[], total: number): void;
  pending(list: Reservation[]): void;
  alerts(list: Alert[]): void;
  event(e: InventoryEvent): void;
  connection(c: Connection): void;
  refused(err: Failure): void;
}

// Live reads everything once and then what the events say has changed. One
// reading runs at a time; what comes meanwhile is read after it.
class Live {
  private rows = new Map<string, Row>();
  private total = 0;
  private dirty = new Set<string>();
  private all = true;
  private reservations = true;
  private reading: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = new AbortController();
  private state: Connection = "connecting";

  constructor(
    private client: Client,
    private store: string,
    private watcher: Watcher,
  ) {}

  start() {
    this.refresh();
    void follow(
      this.client.key,
      {
        event: (e) => this.event(e),
        connection: (c) => this.connection(c),
        refused: this.watcher.refused,
        poll: async () => {
          this.all = this.reservations = true;
          await this.read();
        },
      },
      this.ended.signal,
    );
  }

  stop() {
    this.ended.abort();
    clearTimeout(this.timer);
  }

  refresh() {
    this.all = this.reservations = true;
    this.soon(0);
  }

  private connection(c: Connection) {
    // What happened while there was no connection is not told in full by the
    // stream when it was long, so everything is read again.
    if (c === "live" && this.state === "gone") this.refresh();
    this.state = c;
    if (!this.ended.signal.aborted) this.watcher.connection(c);
  }

  private event(e: InventoryEvent) {
    if (this.ended.signal.aborted) return;
    this.watcher.event(e);
    const p = e.payload;
    const product = String(p["product_id"] ?? e.aggregate_id);
    const touched = [e.store_id, p["store_id"], p["from_store"], p["to_store"]].filter((s): s is string => typeof s === "string");
    if (e.event_type.startsWith("stock.")) for (const s of touched) this.dirty.add(`${product}/${s}`);
    if (e.event_type.startsWith("product.")) this.all = true;
    if (e.event_type.startsWith("reservation.")) this.reservations = true;
    this.soon(settleTime);
  }

  private soon(ms: number) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read().catch((err: unknown) => this.failed(err)), ms);
  }

  private failed(err: unknown) {
    if (this.ended.signal.aborted) return;
    if (err instanceof Failure && err.status === 401) this.watcher.refused(err);
    else this.soon(2000);
  }

  private async read(): Promise<void> {
    while (this.reading !== null) await this.reading.catch(() => undefined);
    this.reading = this.readNow();
    try {
      await this.reading;
    } finally {
      this.reading = null;
    }
  }

  private async readNow() {
    const { all, reservations } = this;
    const dirty = [...this.dirty];
    this.all = this.reservations = false;
    this.dirty.clear();
    try {
      if (all || dirty.length > fewRows) await this.readAll();
      else await Promise.all(dirty.map((key) => this.readRow(key)));
      if (all || dirty.length > 0) this.tellRows();
      if (reservations) await this.readPending();
      if (all) await this.readAlerts();
    } catch (err) {
      this.all ||= all;
      this.reservations ||= reservations;
      for (const key of dirty) this.dirty.add(key);
      throw err;
    }
  }

  private tellRows() {
    if (!this.ended.signal.aborted) this.watcher.rows([...this.rows.values()], this.total);
  }

  private async readAll() {
    const { rows, total } = await loadRows(this.client, this.store);
    this.rows = new Map(rows.map((r) => [rowKey(r), r]));
    this.total = total;
  }

  private async readRow(key: string) {
    const [product_id = "", store_id = ""] = key.split("/");
    if (this.store !== "" && store_id !== this.store) return;
    try {
      const row = await this.client.get<Row>(rowPath({ product_id, store_id }));
      if (!this.rows.has(key)) this.total++;
      this.rows.set(key, row);
    } catch (err) {
      if (!(err instanceof Failure) || (err.status !== 404 && err.status !== 403)) throw err;
    }
  }

  private async readAlerts() {
    const list = await loadAlerts(this.client, this.store);
    if (!this.ended.signal.aborted) this.watcher.alerts(list);
  }

  private async readPending() {
    const stores = this.store !== "" ? [this.store] : [...new Set([...this.rows.values()].map((r) => r.store_id))].sort();
    const list = await loadPending(this.client, stores.slice(0, pendingStores));
    if (!this.ended.signal.aborted) this.watcher.pending(list);
  }
}
