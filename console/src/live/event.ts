// Events of the stream, and the stock rows and reservations that they concern.

export interface InventoryEvent {
  id: string;
  event_type: string;
  aggregate_id: string;
  store_id?: string;
  created_at: string;
  payload: Record<string, unknown>;
}

/** The name of a stock row: a product in a store. */
export function rowKey(row: { product_id: string; store_id: string }): string {
  return `${row.product_id}/${row.store_id}`;
}

/** The event in the data of a message; null for other data. */
export function parseEvent(data: string): InventoryEvent | null {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return null;
  }
  if (event === null || typeof event !== "object" || typeof (event as InventoryEvent).event_type !== "string")
    return null;
  return { ...(event as InventoryEvent), payload: (event as InventoryEvent).payload ?? {} };
}

function texts(...values: unknown[]): string[] {
  return [...new Set(values.filter((v) => typeof v === "string"))];
}

/** The stores of an event; none for an event that concerns none. */
export function storesOf(e: InventoryEvent): string[] {
  const p = e.payload;
  const lines = Array.isArray(p.lines) ? (p.lines as Record<string, unknown>[]) : [];
  return texts(e.store_id, p.store_id, p.from_store, p.to_store, ...lines.map((line) => line.store_id));
}

/** The product of an event about stock or a product; undefined for other events. */
export function productOf(e: InventoryEvent): string | undefined {
  if (!/^(stock|product)\./.test(e.event_type)) return undefined;
  return typeof e.payload.product_id === "string" ? e.payload.product_id : e.aggregate_id;
}

/** The rows whose figures a stock event changes, by rowKey. */
export function rowsOf(e: InventoryEvent): string[] {
  const product = e.event_type.startsWith("stock.") ? productOf(e) : undefined;
  return product === undefined ? [] : storesOf(e).map((store) => rowKey({ product_id: product, store_id: store }));
}
