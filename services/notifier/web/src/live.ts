// Live reads everything once and then what the events say has changed.
import { type Alert, type Client, Failure, type InventoryEvent, loadAlerts, loadName, loadPending, loadPendingTotal, loadRows, loadTotals, maxRows, type Part, type Reservation, type Row, rowPath } from "./api";
import { rowKey, type Totals } from "./inventory";
import { type Connection, follow } from "./stream";

const settleTime = 150; // the events of one change come together; one reading serves them all
const shortestPause = 750; // between two readings, at any traffic
const retryTime = 2000;
const everythingTime = 60_000; // events that a store's stream leaves out, such as a new name of a product, show by then
const fewRows = 20; // more rows than these at once are read as a list
const pendingStores = 20;
const namesAtOnce = 10;

export interface Watcher {
  rows(rows: Part<Row>): void;
  totals(totals: Totals, stores: string[]): void;
  pending(pending: Part<Reservation>): void;
  alerts(list: Alert[]): void;
  names(names: Map<string, string>): void;
  event(e: InventoryEvent): void;
  connection(c: Connection): void;
  /** Everything until asOf is shown; a change since then waits, or null. */
  read(asOf: number, behindSince: number | null): void;
  behind(since: number): void;
  failed(err: Failure): void;
  refused(err: Failure): void;
}

// What a reading has to read.
class Wanted {
  all = false;
  rows = new Set<string>(); // by rowKey
  pending = new Set<string>(); // stores

  add(other: Wanted) {
    this.all ||= other.all;
    for (const key of other.rows) this.rows.add(key);
    for (const store of other.pending) this.pending.add(store);
  }
}

/** Follows one store, or all. One reading runs at a time. */
export class Live {
  private rows = new Map<string, Row>();
  private complete = false; // rows are all there are
  private total = 0;
  private pending = new Map<string, Part<Reservation>>(); // by store
  private stores: string[] = [];
  private names = new Map<string, string>();
  private wanted = new Wanted();
  private since: number | null = null; // when the first of wanted was asked for
  private reading: Promise<void> | null = null;
  private lastRead = 0;
  private timer: { due: number; handle: ReturnType<typeof setTimeout> } | null = null;
  private every: ReturnType<typeof setInterval> | undefined;
  private ended = new AbortController();
  private state: Connection = "connecting";

  constructor(
    private client: Client,
    private store: string,
    private watcher: Watcher,
  ) {}

  start() {
    this.refresh();
    this.every = setInterval(() => this.refresh(), everythingTime);
    void follow(
      this.client.key,
      this.store,
      {
        event: (e) => this.event(e),
        connection: (c) => this.connection(c),
        refused: this.watcher.refused,
        poll: async () => {
          this.want(() => (this.wanted.all = true));
          await this.read();
        },
      },
      this.ended.signal,
    );
  }

  stop() {
    this.ended.abort();
    clearInterval(this.every);
    if (this.timer !== null) clearTimeout(this.timer.handle);
  }

  refresh() {
    this.want(() => (this.wanted.all = true));
    this.soon(0);
  }

  private connection(c: Connection) {
    // The stream does not tell all that happened in a long outage.
    if (c === "live" && this.state === "gone") this.refresh();
    this.state = c;
    if (!this.ended.signal.aborted) this.watcher.connection(c);
  }

  private event(e: InventoryEvent) {
    if (this.ended.signal.aborted) return;
    this.watcher.event(e);
    const p = e.payload;
    const touched = [e.store_id, p["store_id"], p["from_store"], p["to_store"]].filter((s): s is string => typeof s === "string");
    const stores = [...new Set(touched)].filter((s) => this.store === "" || s === this.store);
    const product = String(p["product_id"] ?? e.aggregate_id);
    const before = this.since;
    if (e.event_type.startsWith("stock.")) this.want(() => stores.forEach((s) => this.wanted.rows.add(`${product}/${s}`)));
    else if (e.event_type.startsWith("reservation.")) this.want(() => stores.forEach((s) => this.wanted.pending.add(s)));
    else if (e.event_type.startsWith("product.")) this.want(() => (this.wanted.all = true));
    else return;
    if (before === null && this.since !== null) this.watcher.behind(this.since);
    this.soon(settleTime);
  }

  private want(add: () => void) {
    add();
    this.since ??= Date.now();
  }

  // soon reads within ms, or when the pause after the last reading ends. An
  // earlier appointment stands: events that never stop do not put it off.
  private soon(ms: number) {
    const due = Math.max(Date.now() + ms, this.lastRead + (ms === 0 ? 0 : shortestPause));
    if (this.timer !== null && this.timer.due <= due) return;
    if (this.timer !== null) clearTimeout(this.timer.handle);
    const handle = setTimeout(() => {
      this.timer = null;
      void this.read().catch((err: unknown) => this.failed(err));
    }, due - Date.now());
    this.timer = { due, handle };
  }

  private failed(err: unknown) {
    if (this.ended.signal.aborted) return;
    if (err instanceof Failure && err.status === 401) return this.watcher.refused(err);
    this.watcher.failed(err instanceof Failure ? err : new Failure(0, "", String(err)));
    this.soon(retryTime);
  }

  private async read(): Promise<void> {
    while (this.reading !== null) await this.reading.catch(() => undefined);
    if (this.ended.signal.aborted) return;
    this.reading = this.readWanted();
    try {
      await this.reading;
    } finally {
      this.reading = null;
      this.lastRead = Date.now();
    }
  }

  private async readWanted() {
    const { wanted, since } = this;
    const began = Date.now();
    this.wanted = new Wanted();
    this.since = null;
    try {
      await this.readNow(wanted);
    } catch (err) {
      this.wanted.add(wanted);
      this.since = since ?? this.since;
      throw err;
    }
    if (!this.ended.signal.aborted) this.watcher.read(began + this.client.skew, this.since);
  }

  private async readNow(wanted: Wanted) {
    if (wanted.all || wanted.rows.size > 0) await this.readTotals();
    if (wanted.all || wanted.rows.size > fewRows) await this.readAll();
    else await Promise.all([...wanted.rows].map((key) => this.readRow(key)));
    if (this.ended.signal.aborted) return;
    if (wanted.all || wanted.rows.size > 0) this.watcher.rows({ list: [...this.rows.values()], total: this.total });
    if (wanted.all || wanted.pending.size > 0) await this.readPending(wanted);
    if (wanted.all) await this.readAlerts();
  }

  private async readTotals() {
    const stores = await loadTotals(this.client);
    this.stores = [...stores.keys()].sort();
    const chosen = this.store === "" ? [...stores.values()] : [stores.get(this.store)].filter((s) => s !== undefined);
    const sum = (of: (s: Totals) => number) => chosen.reduce((n, s) => n + of(s), 0);
    this.total = sum((s) => s.rows);
    const totals = { rows: this.total, available: sum((s) => s.available), reserved: sum((s) => s.reserved), low: sum((s) => s.low) };
    if (!this.ended.signal.aborted) this.watcher.totals(totals, this.stores);
  }

  private async readAll() {
    const rows = await loadRows(this.client, this.stores, this.store);
    this.rows = new Map(rows.map((r) => [rowKey(r), r]));
    this.complete = rows.length < maxRows;
    this.note(rows);
  }

  private async readRow(key: string) {
    const [product_id = "", store_id = ""] = key.split("/");
    try {
      const row = await this.client.get<Row>(rowPath({ product_id, store_id }));
      this.note([row]);
      // A list that is a part stays the part that was loaded.
      if (this.complete || this.rows.has(key)) this.rows.set(key, row);
    } catch (err) {
      if (!(err instanceof Failure) || (err.status !== 404 && err.status !== 403)) throw err;
    }
  }

  private async readAlerts() {
    const list = await loadAlerts(this.client, this.store);
    if (this.ended.signal.aborted) return;
    this.watcher.alerts(list);
    await this.learn(list.flatMap((a) => a.sample.map((s) => s.product_id)));
  }

  private async readPending(wanted: Wanted) {
    const stores = this.store !== "" ? [this.store] : this.stores.slice(0, pendingStores);
    const asked = wanted.all ? stores : stores.filter((s) => wanted.pending.has(s));
    const lists = await Promise.all(asked.map((s) => loadPending(this.client, s)));
    if (wanted.all) this.pending.clear();
    asked.forEach((s, i) => this.pending.set(s, lists[i] as Part<Reservation>));
    const list = [...this.pending.values()].flatMap((p) => p.list).sort((a, b) => a.expires_at.localeCompare(b.expires_at));
    let total = [...this.pending.values()].reduce((n, p) => n + p.total, 0);
    if (this.store === "" && this.stores.length > pendingStores) total = await loadPendingTotal(this.client);
    if (this.ended.signal.aborted) return;
    this.watcher.pending({ list, total });
    await this.learn(list.map((r) => r.product_id));
  }

  // note keeps the names that rows bring.
  private note(rows: Row[]) {
    const fresh = rows.filter((r) => this.names.get(r.product_id) !== r.product_name);
    for (const r of fresh) this.names.set(r.product_id, r.product_name);
    if (fresh.length > 0 && !this.ended.signal.aborted) this.watcher.names(new Map(fresh.map((r) => [r.product_id, r.product_name])));
  }

  // learn asks for the names of products whose rows are not loaded.
  private async learn(products: string[]) {
    const missing = [...new Set(products)].filter((id) => id !== "" && !this.names.has(id));
    for (let i = 0; i < missing.length && !this.ended.signal.aborted; i += namesAtOnce) {
      const some = missing.slice(i, i + namesAtOnce);
      const names = await Promise.all(some.map((id) => loadName(this.client, id)));
      some.forEach((id, n) => this.names.set(id, names[n] as string));
      if (!this.ended.signal.aborted) this.watcher.names(new Map(some.map((id, n) => [id, names[n] as string])));
    }
  }
}
