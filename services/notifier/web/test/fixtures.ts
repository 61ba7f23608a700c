// Values of the API with sensible defaults.
import type { Alert, InventoryEvent, Row, StoreTotals } from "../src/api";

export function makeRow(part: Partial<Row> = {}): Row {
  return {
    product_id: "p1",
    store_id: "MAD-001",
    quantity: 10,
    reserved: 2,
    available: 8,
    reorder_point: 3,
    reorder_qty: 20,
    version: 1,
    product_name: "Coffee",
    product_sku: "COF-1",
    ...part,
  };
}

export function makeEvent(event_type: string, part: Partial<InventoryEvent> = {}): InventoryEvent {
  return {
    id: "e1",
    event_type,
    aggregate_id: "p1",
    created_at: "2026-01-01T10:00:30.000Z",
    payload: {},
    ...part,
  };
}

export function makeAlert(id: string, raised_at: string): Alert {
  return {
    id,
    rule_id: "r1",
    rule_name: "Low stock",
    event_type: "stock.low",
    store_id: "MAD-001",
    count: 3,
    first_event_at: raised_at,
    last_event_at: raised_at,
    raised_at,
    sample: [],
  };
}

export function makeTotals(store_id: string, part: Partial<StoreTotals> = {}): StoreTotals {
  return { store_id, rows: 1, available: 8, reserved: 2, low: 0, ...part };
}
