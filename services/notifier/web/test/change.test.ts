import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ChangeKind, changeRequest, quantityAfter } from "../src/change";
import { makeRow } from "./fixtures";

function makeForm(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

const row = makeRow({ quantity: 10, version: 7 });

suite("quantityAfter", () => {
  for (const [kind, fields, want] of [
    ["delivery", { quantity: "5" }, 15],
    ["adjust", { adjustment: "-4" }, 6],
    ["transfer", { quantity: "3" }, 7],
    ["count", { quantity: "12" }, 12],
    ["reorder", { point: "1", qty: "2" }, null],
    ["delivery", { quantity: "" }, null],
    ["delivery", { quantity: " " }, null],
    ["delivery", { quantity: "1.5" }, null],
    ["delivery", { quantity: "many" }, null],
    ["count", { quantity: "0" }, 0],
  ] as [ChangeKind, Record<string, string>, number | null][]) {
    test(`${kind} ${JSON.stringify(fields)}`, () => assert.equal(quantityAfter(kind, row, makeForm(fields)), want));
  }
});

suite("changeRequest", () => {
  test("a delivery is an adjustment with the reason restock", () => {
    assert.deepEqual(changeRequest("delivery", row, makeForm({ quantity: "5", reason: "" })), {
      method: "POST",
      path: "/stock/p1/MAD-001/adjust",
      body: { adjustment: 5, reason: "restock" },
    });
  });
  test("the user's reason replaces the usual one", () => {
    assert.deepEqual(changeRequest("delivery", row, makeForm({ quantity: "5", reason: " late " })).body, {
      adjustment: 5,
      reason: "late",
    });
  });
  test("an adjustment without a reason has none", () => {
    assert.deepEqual(changeRequest("adjust", row, makeForm({ adjustment: "-1" })).body, { adjustment: -1 });
  });
  test("a transfer names both stores", () => {
    assert.deepEqual(changeRequest("transfer", row, makeForm({ quantity: "2", to: "BCN-001" })), {
      method: "POST",
      path: "/stock/transfer",
      body: { product_id: "p1", from_store_id: "MAD-001", to_store_id: "BCN-001", quantity: 2 },
    });
  });
  test("a count and a reorder point are for the version that the user saw", () => {
    for (const kind of ["count", "reorder"] as const) {
      assert.deepEqual(changeRequest(kind, row, makeForm({ quantity: "2" })).headers, { "If-Match": '"7"' });
    }
  });
  test("identifiers are escaped in the path", () => {
    const odd = makeRow({ product_id: "a/b", store_id: "c d" });
    assert.equal(changeRequest("count", odd, makeForm({ quantity: "2" })).path, "/stock/a%2Fb/c%20d");
  });
});
