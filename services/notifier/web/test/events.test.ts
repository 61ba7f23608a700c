import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { concernsStore, eventBadge, eventSummary, touchedBy } from "../src/events";
import { makeEvent } from "./fixtures";

suite("touchedBy", () => {
  const transfer = makeEvent("stock.transferred", {
    payload: { product_id: "p2", from_store: "MAD-001", to_store: "BCN-001" },
  });

  test("an event of stock asks for its row", () => {
    const event = makeEvent("stock.adjusted", { store_id: "MAD-001", payload: { store_id: "MAD-001" } });
    assert.deepEqual(touchedBy(event, ""), { all: false, rows: ["p1/MAD-001"], pending: [] });
  });
  test("a transfer asks for both rows of its product", () => {
    assert.deepEqual(touchedBy(transfer, "")?.rows, ["p2/MAD-001", "p2/BCN-001"]);
  });
  test("only the followed store is read", () => {
    assert.deepEqual(touchedBy(transfer, "BCN-001")?.rows, ["p2/BCN-001"]);
    assert.deepEqual(touchedBy(transfer, "VLC-001")?.rows, []);
  });
  test("an event of a reservation asks for the pending ones of its store", () => {
    const event = makeEvent("reservation.expired", { store_id: "MAD-001" });
    assert.deepEqual(touchedBy(event, ""), { all: false, rows: [], pending: ["MAD-001"] });
  });
  test("an event of a product asks for everything", () => {
    assert.deepEqual(touchedBy(makeEvent("product.updated"), "MAD-001"), { all: true, rows: [], pending: [] });
  });
  test("an alert asks for nothing", () => {
    assert.equal(touchedBy(makeEvent("alert.raised", { store_id: "MAD-001" }), ""), null);
  });
});

suite("concernsStore", () => {
  const transfer = makeEvent("stock.transferred", { payload: { from_store: "MAD-001", to_store: "BCN-001" } });

  test("all stores", () => assert.ok(concernsStore(transfer, "")));
  test("both ends of a transfer", () => {
    assert.ok(concernsStore(transfer, "MAD-001"));
    assert.ok(concernsStore(transfer, "BCN-001"));
  });
  test("another store", () => assert.ok(!concernsStore(transfer, "VLC-001")));
  test("an event of no store concerns each", () => assert.ok(concernsStore(makeEvent("product.updated"), "VLC-001")));
});

suite("eventBadge", () => {
  for (const [type, want] of [
    ["stock.low", "warn"],
    ["reservation.expired", "warn"],
    ["alert.raised", "warn"],
    ["reservation.confirmed", "good"],
    ["reservation.created", "hold"],
    ["stock.reserved", "hold"],
    ["stock.adjusted", "plain"],
    ["product.created", "plain"],
  ] as const) {
    test(type, () => assert.equal(eventBadge(type), want));
  }
});

suite("eventSummary", () => {
  const names = new Map([["p1", "Coffee"]]);

  test("a change has its sign", () => {
    const event = (change: number) =>
      makeEvent("stock.adjusted", { store_id: "MAD-001", payload: { change, reason: "damage" } });
    assert.equal(eventSummary(event(5), names), "+5 × Coffee · MAD-001 · damage");
    assert.equal(eventSummary(event(-5), names), "-5 × Coffee · MAD-001 · damage");
    assert.equal(eventSummary(event(0), names), "0 × Coffee · MAD-001 · damage");
  });
  test("a transfer names both stores", () => {
    const payload = { product_id: "p1", quantity: 2, from_store: "MAD-001", to_store: "BCN-001" };
    assert.equal(eventSummary(makeEvent("stock.transferred", { payload }), names), "2 × Coffee · MAD-001 → BCN-001");
  });
  test("a reservation names its customer", () => {
    const payload = { product_id: "p1", quantity: 2, customer_id: "c-7" };
    const event = makeEvent("reservation.created", { store_id: "MAD-001", payload });
    assert.equal(eventSummary(event, names), "2 × Coffee · MAD-001 · c-7");
  });
  test("a product without a known name has the name of the event, then its SKU, then a dash", () => {
    const event = (payload: Record<string, unknown>) => makeEvent("product.created", { aggregate_id: "p9", payload });
    assert.equal(eventSummary(event({ name: "Tea", sku: "TEA-1" }), names), "Tea");
    assert.equal(eventSummary(event({ sku: "TEA-1" }), names), "TEA-1");
    assert.equal(eventSummary(event({}), names), "–");
  });
  test("an alert names its count, type, store and rule", () => {
    const payload = { count: 3, event_type: "stock.low", rule_name: "Sold out" };
    const event = makeEvent("alert.raised", { store_id: "MAD-001", payload });
    assert.equal(eventSummary(event, names), "3 × stock.low · MAD-001 · Sold out");
  });
});
