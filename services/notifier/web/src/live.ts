// Live reads everything once, and then the figures that each event changes.
import {
  type Alert,
  type Client,
  Failure,
  type InventoryEvent,
  loadAlerts,
  loadName,
  loadPending,
  loadPendingTotal,
  loadRows,
  loadTotals,
  maxRows,
  type Part,
  type Reservation,
  type Row,
  rowPath,
} from "./api";
import { type Touched, touchedBy } from "./events";
import { rowKey, sumTotals, type Totals } from "./state";
import { type Connection, follow } from "./stream";

const gatherTime = 150; // the events of one change come together; one reading serves them all
const shortestPause = 750; // between two readings, at any traffic
const retryTime = 2000;
const everythingTime = 60_000; // events that a store's stream leaves out, such as a new name of a product, show by then
const fewRows = 20; // more rows than these at once are read as a list
const pendingStores = 20;
const namesAtOnce = 10;

interface Watcher {
  rows: (rows: Part<Row>) => void;
  totals: (totals: Totals, stores: string[]) => void;
  pending: (pending: Part<Reservation>) => void;
  alerts: (list: Alert[]) => void;
  names: (names: Map<string, string>) => void;
  event: (e: InventoryEvent) => void;
  connection: (c: Connection) => void;
  /** The figures show everything until asOf; behindSince is the first change that they do not show, or null. */
  read: (asOf: number, behindSince: number | null) => void;
  behind: (since: number) => void;
  failed: (err: Failure) => void;
  refused: (err: Failure) => void;
}

// The figures that the next reading reads.
class Wanted {
  all = false;
  rows = new Set<string>(); // by rowKey
  pending = new Set<string>(); // stores

  add(other: Wanted | Touched) {
    this.all ||= other.all;
    for (const key of other.rows) this.rows.add(key);
    for (const store of other.pending) this.pending.add(store);
  }
}

const everything: Touched = { all: true, rows: [], pending: [] };

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
  private everything: ReturnType<typeof setInterval> | undefined;
  private ended = new AbortController();
  private state: Connection = "connecting";

  constructor(
    private client: Client,
    private store: string,
    private watcher: Watcher,
  ) {}

  start() {
    this.refresh();
    this.everything = setInterval(() => this.refresh(), everythingTime);
    void follow(
      this.client.key,
      this.store,
      {
        event: (e) => this.handleEvent(e),
        connection: (c) => this.noteConnection(c),
        refused: this.watcher.refused,
        poll: async () => {
          this.want(everything);
          await this.read();
        },
      },
      this.ended.signal,
    );
  }

  private isStopped(): boolean {
    return this.ended.signal.aborted;
  }

  stop() {
    this.ended.abort();
    clearInterval(this.everything);
    if (this.timer !== null) clearTimeout(this.timer.handle);
  }

  refresh() {
    this.want(everything);
    this.readWithin(0);
  }

  private noteConnection(c: Connection) {
    // After a long outage the stream does not have all events.
    if (c === "live" && this.state === "gone") this.refresh();
    this.state = c;
    if (!this.isStopped()) this.watcher.connection(c);
  }

  private handleEvent(e: InventoryEvent) {
    if (this.isStopped()) return;
    this.watcher.event(e);
    const touched = touchedBy(e, this.store);
    if (touched === null) return;
    const before = this.since;
    this.want(touched);
    if (before === null && this.since !== null) this.watcher.behind(this.since);
    this.readWithin(gatherTime);
  }

  private want(touched: Touched) {
    this.wanted.add(touched);
    this.since ??= Date.now();
  }

  // readWithin reads within ms, or when the pause after the last reading ends. A
  // reading that is planned earlier stays planned: a constant stream of events does
  // not delay it.
  private readWithin(ms: number) {
    const due = Math.max(Date.now() + ms, this.lastRead + (ms === 0 ? 0 : shortestPause));
    if (this.timer !== null && this.timer.due <= due) return;
    if (this.timer !== null) clearTimeout(this.timer.handle);
    const handle = setTimeout(() => {
      this.timer = null;
      void this.read().catch((err: unknown) => this.noteFailure(err));
    }, due - Date.now());
    this.timer = { due, handle };
  }

  private noteFailure(err: unknown) {
    if (this.isStopped()) return;
    if (err instanceof Failure && err.status === 401) {
      this.watcher.refused(err);
      return;
    }
    this.watcher.failed(err instanceof Failure ? err : new Failure(0, "", String(err)));
    this.readWithin(retryTime);
  }

  private async read(): Promise<void> {
    while (this.reading !== null) await this.reading.catch(() => undefined);
    if (this.isStopped()) return;
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
    if (!this.isStopped()) this.watcher.read(began + this.client.skew, this.since);
  }

  private async readNow(wanted: Wanted) {
    if (wanted.all || wanted.rows.size > 0) await this.readTotals();
    if (wanted.all || wanted.rows.size > fewRows) await this.readAll();
    else await Promise.all([...wanted.rows].map((key) => this.readRow(key)));
    if (this.isStopped()) return;
    if (wanted.all || wanted.rows.size > 0) this.watcher.rows({ list: [...this.rows.values()], total: this.total });
    if (wanted.all || wanted.pending.size > 0) await this.readPending(wanted);
    if (wanted.all) await this.readAlerts();
  }

  private async readTotals() {
    const stores = await loadTotals(this.client);
    this.stores = [...stores.keys()].sort();
    const totals = sumTotals(stores, this.store);
    this.total = totals.rows;
    if (!this.isStopped()) this.watcher.totals(totals, this.stores);
  }

  private async readAll() {
    const rows = await loadRows(this.client, this.stores, this.store);
    this.rows = new Map(rows.map((r) => [rowKey(r), r]));
    this.complete = rows.length < maxRows;
    this.keepNames(rows);
  }

  private async readRow(key: string) {
    const [product_id = "", store_id = ""] = key.split("/");
    try {
      const row = await this.client.get<Row>(rowPath({ product_id, store_id }));
      this.keepNames([row]);
      // A list that is a part stays the part that was loaded.
      if (this.complete || this.rows.has(key)) this.rows.set(key, row);
    } catch (err) {
      if (!(err instanceof Failure) || (err.status !== 404 && err.status !== 403)) throw err;
    }
  }

  private async readAlerts() {
    const list = await loadAlerts(this.client, this.store);
    if (this.isStopped()) return;
    this.watcher.alerts(list);
    await this.loadNames(list.flatMap((a) => a.sample.map((s) => s.product_id)));
  }

  private async readPending(wanted: Wanted) {
    const stores = this.store !== "" ? [this.store] : this.stores.slice(0, pendingStores);
    const asked = wanted.all ? stores : stores.filter((s) => wanted.pending.has(s));
    const lists = await Promise.all(asked.map(async (s) => [s, await loadPending(this.client, s)] as const));
    if (wanted.all) this.pending.clear();
    for (const [s, list] of lists) this.pending.set(s, list);
    const list = [...this.pending.values()]
      .flatMap((p) => p.list)
      .sort((a, b) => a.expires_at.localeCompare(b.expires_at));
    let total = [...this.pending.values()].reduce((n, p) => n + p.total, 0);
    if (this.store === "" && this.stores.length > pendingStores) total = await loadPendingTotal(this.client);
    if (this.isStopped()) return;
    this.watcher.pending({ list, total });
    await this.loadNames(list.map((r) => r.product_id));
  }

  // keepNames keeps the product names of rows.
  private keepNames(rows: Row[]) {
    const fresh = rows.filter((r) => this.names.get(r.product_id) !== r.product_name);
    for (const r of fresh) this.names.set(r.product_id, r.product_name);
    if (fresh.length === 0 || this.isStopped()) return;
    this.watcher.names(new Map(fresh.map((r) => [r.product_id, r.product_name])));
  }

  // loadNames loads the names of products whose rows are not loaded.
  private async loadNames(products: string[]) {
    const missing = [...new Set(products)].filter((id) => id !== "" && !this.names.has(id));
    for (let i = 0; i < missing.length && !this.isStopped(); i += namesAtOnce) {
      const some = missing.slice(i, i + namesAtOnce);
      const pairs = await Promise.all(some.map(async (id) => [id, await loadName(this.client, id)] as const));
      for (const [id, name] of pairs) this.names.set(id, name);
      if (!this.isStopped()) this.watcher.names(new Map(pairs));
    }
  }
}
