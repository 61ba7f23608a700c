import { expect, test } from "vitest";
import type { Row } from "../src/api/client";
import { type InventoryEvent, parseEvent, productOf, rowsOf, storesOf } from "../src/live/event";
import { rowAfter } from "../src/screens/stock.keys";
import { entriesOf, patched } from "../src/screens/stock.list";
import { type List, RowsSource } from "../src/screens/stock.source";

function row(product: string, store: string, available = 5, version = 1): Row {
  return {
    product_id: product,
    store_id: store,
    product_name: product,
    product_sku: product.toUpperCase(),
    quantity: available,
    reserved: 0,
    available,
    incoming: 0,
    unavailable: {},
    reorder_point: 1,
    reorder_qty: 1,
    min_stock: 0,
    max_stock: 0,
    version,
    updated_at: "2026-01-01T00:00:00.000Z",
  };
}

function event(event_type: string, payload: Record<string, unknown>, store_id?: string): InventoryEvent {
  return { id: "1", event_type, aggregate_id: "a", created_at: "", payload, ...(store_id ? { store_id } : {}) };
}

class Server implements List {
  asked: (number | string)[] = [];
  places = new Map<number, Row[]>();
  rows = new Map<string, Row>();
  shown = new Map<string, Row | null>();
  count = 0;
  fail = false;

  async readPage(page: number) {
    this.asked.push(page);
    if (this.fail) throw new Error("away");
    return this.places.get(page) ?? [];
  }
  async readRow(key: string) {
    this.asked.push(key);
    if (this.fail) throw new Error("away");
    return this.rows.get(key) ?? null;
  }
  show(rows: Map<string, Row | null>) {
    for (const [key, r] of rows) this.shown.set(key, r);
  }
  changed(count: number) {
    this.count = count;
  }
}

function screen(...keys: string[]) {
  const server = new Server();
  const source = new RowsSource(server);
  source.setLoaded(new Set([...keys, "far/S"]));
  source.setVisible(keys.map((key) => ({ key, page: 0 })));
  return { server, source };
}

test("one changed row is read alone", async () => {
  const { server, source } = screen("a/S", "b/S");
  server.rows.set("a/S", row("a", "S", 3, 2));
  expect(source.touchedBy(event("stock.updated", { product_id: "a" }, "S"))).toBe(true);
  expect(await source.read()).toBe(false);
  expect(server.asked).toEqual(["a/S"]);
  expect(server.shown.get("a/S")?.available).toBe(3);
});

test("several changed rows are read with their page, and one that left its place alone", async () => {
  const { server, source } = screen("a/S", "b/S", "c/S");
  server.places.set(0, [row("a", "S", 1, 2), row("b", "S", 2, 2)]);
  server.rows.set("c/S", row("c", "S", 9, 2));
  for (const product_id of ["a", "b", "c"]) source.touchedBy(event("stock.updated", { product_id }, "S"));
  expect(await source.read()).toBe(true);
  expect(await source.read()).toBe(false);
  expect(server.asked).toEqual([0, "c/S"]);
  expect(server.count).toBe(3);
});

test("a row that is not on the screen is read when it comes there", async () => {
  const { server, source } = screen("a/S");
  expect(source.touchedBy(event("stock.updated", { product_id: "far" }, "S"))).toBe(false);
  expect(source.setVisible([{ key: "far/S", page: 3 }])).toBe(true);
  await source.read();
  expect(server.asked).toEqual(["far/S"]);
});

test("rows of other lists, and events of no row, are nothing to read", () => {
  const { server, source } = screen("a/S");
  expect(source.touchedBy(event("stock.updated", { product_id: "a" }, "T"))).toBe(false);
  expect(source.touchedBy(event("reservation.created", { lines: [{ product_id: "a", store_id: "S" }] }))).toBe(false);
  expect(server.count).toBe(0);
});

test("a failed reading leaves the rows to read", async () => {
  const { server, source } = screen("a/S", "b/S");
  server.fail = true;
  source.touchAll();
  await expect(source.read()).rejects.toThrow("away");
  server.fail = false;
  server.places.set(0, [row("a", "S", 1, 2), row("b", "S", 2, 2)]);
  expect(await source.read()).toBe(false);
  expect(server.shown.size).toBe(2);
});

test("a product's name is read again in all of its rows", () => {
  const { source } = screen("a/S", "a/T", "b/S");
  expect(source.touchedBy(event("product.updated", { name: "new" }))).toBe(true);
});

test("a deleted row is shown as such", async () => {
  const { server, source } = screen("a/S");
  source.touchedBy(event("stock.deleted", { product_id: "a" }, "S"));
  await source.read();
  expect(server.shown.get("a/S")).toBeNull();
  expect(entriesOf([{ rows: [row("a", "S")] }], new Set(["a/S"]))[0]?.gone).toBe(true);
});

test("new figures do not move a row, and older ones change nothing", () => {
  const page = { rows: [row("a", "S", 1, 4), row("b", "S", 2)], next: undefined, readAt: 0 };
  const now = new Map([
    ["b/S", row("b", "S", 90, 2)],
    ["a/S", row("a", "S", 70, 3)],
    ["c/S", row("c", "S")],
  ]);
  const { pages } = patched({ pages: [page] }, now);
  expect(pages[0]?.rows.map((r) => [r.product_id, r.available])).toEqual([
    ["a", 1],
    ["b", 90],
  ]);
  expect(patched({ pages: [page] }, new Map()).pages[0]).toBe(page);
});

test("a row that comes with two pages is shown once", () => {
  const entries = entriesOf(
    [{ rows: [row("a", "S"), row("b", "S")] }, { rows: [row("b", "S"), row("c", "S")] }],
    new Set(),
  );
  expect(entries.map((e) => [e.key, e.page])).toEqual([
    ["a/S", 0],
    ["b/S", 0],
    ["c/S", 1],
  ]);
});

test("the rows and stores of events", () => {
  const transfer = event("stock.transferred", { product_id: "a", from_store: "S", to_store: "T" });
  expect(rowsOf(transfer)).toEqual(["a/S", "a/T"]);
  const lines = [{ store_id: "S" }, { store_id: "T" }, { store_id: "S" }];
  expect(storesOf(event("reservation.created", { lines }))).toEqual(["S", "T"]);
  expect(productOf(event("reservation.created", { product_id: "a" }))).toBeUndefined();
  expect(parseEvent("{")).toBeNull();
  expect(parseEvent('{"event_type":"x.y","aggregate_id":"1"}')?.payload).toEqual({});
});

test("the keys of the table stay within its rows", () => {
  expect(rowAfter("ArrowDown", 0, 3)).toBe(1);
  expect(rowAfter("ArrowUp", 0, 3)).toBe(0);
  expect(rowAfter("End", 0, 3)).toBe(2);
  expect(rowAfter("Home", 2, 3)).toBe(0);
  expect(rowAfter("PageDown", 1, 3)).toBe(2);
  expect(rowAfter("a", 1, 3)).toBeNull();
  expect(rowAfter("End", 0, 0)).toBeNull();
});
