// The REST API as the page uses it.

/** A list of which the server may have more. */
export interface Part<T> {
  list: T[];
  total: number; // how many the server has
}

export interface Row {
  product_id: string;
  store_id: string;
  quantity: number;
  reserved: number;
  available: number;
  reorder_point: number;
  reorder_qty: number;
  version: number;
  product_name: string;
  product_sku: string;
}

export interface Reservation {
  id: string;
  product_id: string;
  store_id: string;
  customer_id: string;
  quantity: number;
  status: string;
  created_at: string;
  expires_at: string;
}

export interface InventoryEvent {
  id: string;
  event_type: string;
  aggregate_id: string;
  store_id?: string;
  created_at: string;
  payload: Record<string, unknown>;
}

export interface DeadLetter {
  id: string;
  group: string;
  event_id: string;
  reason: string;
  attempts: number;
  failed_at: string;
}

export interface System {
  services: { service: string; status: string; pending_events: number; broker: string; database: string }[];
  groups: { group: string; lag: number; members: number }[];
  dead_letters: DeadLetter[];
  dead_letters_total: number;
}

export interface Alert {
  id: string;
  rule_id: string;
  rule_name: string;
  event_type: string;
  store_id: string;
  count: number;
  first_event_at: string;
  last_event_at: string;
  raised_at: string;
  sample: { event_id: string; product_id: string }[];
}

export interface Rule {
  id: string;
  name: string;
  event_type: string;
  store_ids: string[];
  threshold: number;
  window_seconds: number;
  quiet_seconds: number;
  active: boolean;
  version: number;
}

/** The refusal of a request, or a missing response (status 0). */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: { field: string; message: string }[] = [],
  ) {
    super(detail);
  }
}

const timeout = 15_000;

export class Client {
  /** How far the server's clock is ahead of this one, in milliseconds. */
  skew = 0;

  constructor(readonly key: string) {}

  async send<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const sent: Record<string, string> = { "X-API-Key": this.key, ...headers };
    if (body !== undefined) sent["Content-Type"] = "application/json";
    let response: Response;
    let text: string;
    try {
      response = await fetch(`/api/v1${path}`, {
        method,
        headers: sent,
        body: body === undefined ? null : JSON.stringify(body),
        cache: "no-store",
        signal: AbortSignal.timeout(timeout),
      });
      text = await response.text();
    } catch (err) {
      throw new Failure(0, "UNREACHABLE", String(err));
    }
    this.noteClock(response.headers.get("Date"));
    if (!response.ok) throw parseFailure(response.status, text);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  get<T>(path: string): Promise<T> {
    return this.send<T>("GET", path);
  }

  // noteClock corrects countdowns on machines whose clock is wrong; the header
  // has whole seconds, so small differences mean nothing.
  private noteClock(date: string | null) {
    const skew = date === null ? NaN : Date.parse(date) - Date.now();
    if (!Number.isNaN(skew)) this.skew = Math.abs(skew) > 3000 ? skew : 0;
  }
}

export function parseFailure(status: number, text: string): Failure {
  try {
    const problem = JSON.parse(text) as {
      code?: string;
      detail?: string;
      errors?: { field: string; message: string }[];
    };
    return new Failure(status, problem.code ?? "", problem.detail ?? "", problem.errors ?? []);
  } catch {
    return new Failure(status, "", `HTTP ${status}`);
  }
}

const pageSize = 100; // the most that the API gives at once
export const maxRows = 1000;

/**
 * At most maxRows stock rows of the stores: first those that are low, at most
 * half of maxRows, then those of each store.
 */
export async function loadRows(client: Client, stores: string[], store: string): Promise<Row[]> {
  const rows = new Map<string, Row>();
  const filter = store === "" ? "" : `&store_id=${encodeURIComponent(store)}`;
  await walk(client, `/stock/low-stock?limit=${pageSize}${filter}`, maxRows / 2, rows);
  for (const s of store === "" ? stores : [store]) {
    await walk(client, `/stock/store/${encodeURIComponent(s)}?limit=${pageSize}`, maxRows, rows);
  }
  return [...rows.values()];
}

// walk adds the rows of a list, page by page, until there are atMost.
async function walk(client: Client, list: string, atMost: number, rows: Map<string, Row>) {
  let cursor = "";
  while (rows.size < atMost) {
    const page = await client.get<{ items: Row[]; next_cursor?: string }>(`${list}${cursor}`);
    for (const r of page.items) if (rows.size < atMost) rows.set(`${r.product_id}/${r.store_id}`, r);
    if (page.next_cursor === undefined) return;
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}

export interface StoreTotals {
  store_id: string;
  rows: number;
  available: number;
  reserved: number;
  low: number;
}

/** The totals of every store that has stock and that the key may see, by store. */
export async function loadTotals(client: Client): Promise<Map<string, StoreTotals>> {
  const { data } = await client.get<{ data: StoreTotals[] }>("/stock/summary");
  return new Map(data.map((s) => [s.store_id, s]));
}

export function rowPath(row: { product_id: string; store_id: string }): string {
  return `/stock/${encodeURIComponent(row.product_id)}/${encodeURIComponent(row.store_id)}`;
}

/** The pending reservations of a store that end first, at most a page of them. */
export async function loadPending(client: Client, store: string): Promise<Part<Reservation>> {
  const page = await client.get<{ reservations: Reservation[]; total: number }>(
    `/reservations/store/${encodeURIComponent(store)}/pending?limit=${pageSize}`,
  );
  return { list: page.reservations, total: page.total };
}

/** How many reservations are pending in all stores. */
export async function loadPendingTotal(client: Client): Promise<number> {
  return (await client.get<{ pending_reservations: number }>("/reservations/stats")).pending_reservations;
}

/** The name of a product, its id when it is deleted. */
export async function loadName(client: Client, product: string): Promise<string> {
  try {
    return (await client.get<{ name: string }>(`/products/${encodeURIComponent(product)}`)).name;
  } catch (err) {
    if (err instanceof Failure && err.status === 404) return product;
    throw err;
  }
}

const alertsAtOnce = 20;

/** The latest alerts, newest first; none from a server that has no alerts. */
export async function loadAlerts(client: Client, store: string): Promise<Alert[]> {
  const filter = store === "" ? "" : `&store_id=${encodeURIComponent(store)}`;
  try {
    return (await client.get<{ data: Alert[] }>(`/alerts?limit=${alertsAtOnce}${filter}`)).data;
  } catch (err) {
    if (err instanceof Failure && err.status === 404) return [];
    throw err;
  }
}

/** A key for one attempt to change something; repeating it acts once. */
export function newIdempotencyKey(): string {
  // crypto.randomUUID exists on https and localhost only.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
