import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Failure } from "../src/api";
import { explain } from "../src/context";
import { countdown, duration, rowName } from "../src/format";
import { languages, translator } from "../src/i18n";
import { makeRow } from "./fixtures";

suite("countdown", () => {
  for (const [ms, want] of [
    [0, "0:00"],
    [1, "0:01"],
    [59_000, "0:59"],
    [59_001, "1:00"],
    [600_000, "10:00"],
    [3_599_000, "59:59"],
    [3_600_000, "1:00:00"],
    [86_399_000, "23:59:59"],
  ] as const) {
    test(`${ms} ms`, () => assert.equal(countdown(ms), want));
  }
});

suite("duration", () => {
  for (const [seconds, language, want] of [
    [45, "en", "45 seconds"],
    [60, "en", "1 minute"],
    [90, "en", "90 seconds"],
    [900, "en", "15 minutes"],
    [7200, "en", "2 hours"],
    [900, "es", "15 minutos"],
  ] as const) {
    test(`${seconds} s, ${language}`, () => assert.equal(duration(seconds, language), want));
  }
});

test("rowName", () => assert.equal(rowName(makeRow()), "Coffee, MAD-001"));

suite("translator", () => {
  test("values replace their names", () => {
    assert.equal(translator("en")("shown", { shown: 3, total: 10 }), "3 of 10 shown");
  });
  test("a missing value is empty", () => assert.equal(translator("en")("lag"), translator("en")("lag", { n: "" })));
  test("both languages use the same values in each text", () => {
    const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
    for (const [name, text] of Object.entries(languages.en)) {
      assert.deepEqual(values(languages.es[name as keyof typeof languages.en]), values(text), name);
    }
  });
});

suite("explain", () => {
  const t = translator("en");

  test("no response", () => assert.equal(explain(t, new Failure(0, "UNREACHABLE", "x")), t("unreachable")));
  test("a known code", () => {
    assert.equal(explain(t, new Failure(409, "INSUFFICIENT_STOCK", "x")), t("insufficient"));
    assert.equal(explain(t, new Failure(412, "VERSION_MISMATCH", "x")), t("mismatch"));
  });
  test("another code shows the server's detail and fields", () => {
    const failure = new Failure(422, "INVALID_REQUEST", "It is invalid.", [
      { field: "name", message: "must not be empty" },
      { field: "quantity", message: "must be positive" },
    ]);
    assert.equal(explain(t, failure), "It is invalid. · name: must not be empty · quantity: must be positive");
  });
  test("any other error", () => assert.equal(explain(t, new TypeError("no")), "TypeError: no"));
});
