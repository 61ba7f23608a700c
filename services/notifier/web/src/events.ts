// The figures that an event changes, and how the page shows the event.
import type { InventoryEvent } from "./api";
import { unknown } from "./format";

/** The figures that the page must read again after an event. */
export interface Touched {
  all: boolean;
  rows: string[]; // by rowKey
  pending: string[]; // stores
}

/** The figures of the followed store, or of all for "", that an event changes; null for none. */
export function touchedBy(e: InventoryEvent, store: string): Touched | null {
  const { product_id, store_id, from_store, to_store } = e.payload;
  const named = [e.store_id, store_id, from_store, to_store].filter((s) => typeof s === "string");
  const stores = [...new Set(named)].filter((s) => store === "" || s === store);
  if (e.event_type.startsWith("stock.")) {
    const product = typeof product_id === "string" ? product_id : e.aggregate_id;
    return { all: false, rows: stores.map((s) => `${product}/${s}`), pending: [] };
  }
  if (e.event_type.startsWith("reservation.")) return { all: false, rows: [], pending: stores };
  if (e.event_type.startsWith("product.")) return { all: true, rows: [], pending: [] };
  return null;
}

/** Reports whether an event concerns the store; every event concerns "". */
export function concernsStore(e: InventoryEvent, store: string): boolean {
  const stores = [e.store_id, e.payload.from_store, e.payload.to_store].filter((s) => s !== undefined);
  return store === "" || stores.length === 0 || stores.includes(store);
}

/** The class of an event's badge. */
export function eventBadge(type: string): "warn" | "good" | "hold" | "plain" {
  if (type === "stock.low" || type === "reservation.expired" || type === "alert.raised") return "warn";
  if (type === "reservation.confirmed") return "good";
  return type.startsWith("reservation.") || type === "stock.reserved" ? "hold" : "plain";
}

/** An event in short, without words that need translating. */
export function eventSummary(e: InventoryEvent, names: ReadonlyMap<string, string>): string {
  const p = e.payload;
  const text = (field: string) => {
    const value = p[field];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  const store = e.store_id ?? "";
  if (e.event_type === "alert.raised") {
    return [`${text("count")} × ${text("event_type")}`, store, text("rule_name")].join(" · ");
  }
  const product = text("product_id") || e.aggregate_id;
  const name = names.get(product) ?? (text("name") || text("sku") || unknown);
  const change = (Number(p.change) > 0 ? "+" : "") + text("change");
  const amount = p.change === undefined ? text("quantity") || text("available") : change;
  const where = p.from_store === undefined ? store : `${text("from_store")} → ${text("to_store")}`;
  const what = amount === "" ? name : `${amount} × ${name}`;
  return [what, where, text("customer_id"), text("reason")].filter((s) => s !== "").join(" · ");
}
