import { expect, test } from "vitest";
import { Failure } from "../src/api/client";
import { MessageParser } from "../src/live/messages";
import { filtersOf, nextSort, paramsOf, queryOf } from "../src/screens/stock.filters";
import { en } from "../src/text/en";
import { es } from "../src/text/es";
import { explain, formatOf, localeOf, translator } from "../src/text/text";

test("both languages have the same places for values", () => {
  const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(places(es[key]), key).toEqual(places(en[key]));
    expect(es[key].trim(), key).not.toBe("");
  }
});

test("a shortage names the numbers in the reader's language", () => {
  const shortage = new Failure(409, { code: "INSUFFICIENT_STOCK", available: 7, requested: 10 } as object);
  expect(explain(translator("en"), shortage)).toBe("7 available, 10 asked.");
  expect(explain(translator("es"), shortage)).toBe("7 disponibles, 10 pedidas.");
  expect(explain(translator("en"), new Failure(409, { code: "INSUFFICIENT_STOCK" }))).toBe(en.insufficientPlain);
  expect(explain(translator("en"), new Failure(0, {}))).toBe(en.unreachable);
  expect(
    explain(translator("en"), new Failure(400, { code: "VALIDATION_ERROR", detail: "The name is too long." })),
  ).toBe("The name is too long.");
});

test("figures and times are those of the browser's country", () => {
  expect(localeOf("en", ["es-ES", "en-GB"])).toBe("en-GB");
  expect(localeOf("es", ["en-GB"])).toBe("es");
  const format = formatOf("en-GB");
  expect(format.figure(30500000)).toBe("30,500,000");
  expect(format.figure(undefined)).toBe("–");
  expect(format.change(20)).toBe("+20");
  expect(format.moment("2026-07-01T10:00:00.000Z", "Europe/Madrid")).toMatch(/12:00 (CEST|GMT\+2)/);
});

test("an address keeps the filters, and only those that a screen knows", () => {
  const filters = filtersOf(new URLSearchParams("q=tea&store=MAD-001&state=low&sort=-available"));
  expect(paramsOf(filters).toString()).toBe("q=tea&store=MAD-001&state=low&sort=-available");
  expect(queryOf(filters)).toEqual({ q: "tea", store_id: "MAD-001", state: "low", sort: "-available" });
  expect(queryOf(filters, false)).toEqual({ q: "tea", store_id: "MAD-001", state: "low" });
  expect(paramsOf(filtersOf(new URLSearchParams("state=x&sort=y&q="))).toString()).toBe("");
});

test("a head sorts up, down, and no more", () => {
  expect(nextSort("", "sku")).toBe("sku");
  expect(nextSort("sku", "sku")).toBe("-sku");
  expect(nextSort("-sku", "sku")).toBe("");
  expect(nextSort("-available", "sku")).toBe("sku");
});

test("messages are read from text in any pieces", () => {
  const text = ': hello\n\nid: 7\nevent: stock.updated\ndata: {"a":1}\ndata: 2\n\nid: 8\r\ndata: x\r\n\r\n';
  for (const size of [1, 3, text.length]) {
    const got: [string | undefined, string][] = [];
    const parser = new MessageParser((id, data) => got.push([id, data]));
    for (let i = 0; i < text.length; i += size) parser.push(text.slice(i, i + size));
    expect(got).toEqual([
      ["7", '{"a":1}\n2'],
      ["8", "x"],
    ]);
  }
});
