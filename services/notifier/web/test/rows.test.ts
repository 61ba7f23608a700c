import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isLow, matchingRows, searchWords } from "../src/rows";
import { makeRow } from "./fixtures";

test("isLow: at the reorder point or below it", () => {
  assert.deepEqual(
    [4, 3, 2].map((available) => isLow({ available, reorder_point: 3 })),
    [false, true, true],
  );
});

test("searchWords", () => {
  assert.deepEqual(searchWords("  Coffee MAD\t"), ["coffee", "mad"]);
  assert.deepEqual(searchWords(" "), []);
});

suite("matchingRows", () => {
  const rows = [
    makeRow({ product_name: "Tea", product_sku: "TEA-1", store_id: "BCN-001" }),
    makeRow({ product_name: "Coffee", store_id: "MAD-001" }),
    makeRow({ product_name: "Coffee", store_id: "BCN-001" }),
    makeRow({ product_name: "Water", product_sku: "WAT-1", available: 1 }),
  ];
  const names = (words: string[], lowOnly = false) =>
    matchingRows(rows, words, lowOnly).map((r) => `${r.product_name} ${r.store_id}`);

  test("low rows first, then by product and store", () => {
    assert.deepEqual(names([]), ["Water MAD-001", "Coffee BCN-001", "Coffee MAD-001", "Tea BCN-001"]);
  });
  test("every word is in the name, the SKU or the store", () => {
    assert.deepEqual(names(["cof", "bcn"]), ["Coffee BCN-001"]);
    assert.deepEqual(names(["tea-1"]), ["Tea BCN-001"]);
    assert.deepEqual(names(["coffee", "water"]), []);
  });
  test("low rows only", () => assert.deepEqual(names([], true), ["Water MAD-001"]));
  test("the list that is passed keeps its order", () => {
    const before = [...rows];
    matchingRows(rows, [], false);
    assert.deepEqual(rows, before);
  });
});
