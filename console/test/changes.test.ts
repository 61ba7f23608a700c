import { expect, test } from "vitest";
import type { Row } from "../src/api/client";
import { previewOf, unitsOf } from "../src/screens/product.changes";

const row = { quantity: 63, reserved: 3, available: 58 } as Row; // and 2 damaged

test("a delivery is added and a count replaces", () => {
  expect(previewOf("delivery", row, "20")).toEqual({ before: 63, after: 83, possible: true });
  expect(previewOf("count", row, "20")).toEqual({ before: 63, after: 20, possible: true });
  expect(previewOf("count", row, "5")?.possible).toBe(true);
  expect(previewOf("count", row, "4")?.possible).toBe(false);
  expect(previewOf("delivery", row, "0")?.possible).toBe(false);
});

test("a transfer takes available units only", () => {
  expect(previewOf("transfer", row, "58")).toEqual({ before: 63, after: 5, possible: true });
  expect(previewOf("transfer", row, "59")?.possible).toBe(false);
});

test("only whole numbers are units", () => {
  for (const text of ["", "-1", "1.5", "1e3", "a", "12345678901"]) expect(unitsOf(text), text).toBeNull();
  expect(unitsOf(" 020 ")).toBe(20);
  expect(previewOf("delivery", row, "")).toBeNull();
});
