// A system with many rows for the tests of the console, and the steps that they share.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { adminKey, System, tab } from "./system.mjs";

export const readKey = "console-key-reads";
export const storeKey = "console-key-store-7";
const keys = `${adminKey}:Admin,${readKey}:Auditor:read,${storeKey}:Store Seven:S-07`;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export let products = 0;
export const stores = 30;
export const storeID = (n) => `S-${String(n).padStart(2, "0")}`;
export const skuOf = (n) => `BIG-${String(n).padStart(5, "0")}`;
// Each fiftieth product is low in every store, and each hundredth is sold out.
export const quantityOf = (n) => (n % 100 === 0 ? 0 : n % 50 === 0 ? 5 : 100 + (n % 200));

/** The true totals of some stores. */
export function truth(storeCount = stores) {
  const all = Array.from({ length: products }, (_, n) => quantityOf(n));
  return {
    rows: products * storeCount,
    available: all.reduce((sum, q) => sum + q, 0) * storeCount,
    low: all.filter((q) => q <= 10).length * storeCount,
    out: all.filter((q) => q === 0).length * storeCount,
  };
}

const most = 5000; // products, in 30 stores: 150,000 rows
const fillTime = 40_000;

/**
 * Starts a system and fills it with the API's imports: with all rows, or with those
 * that are there after some time on a slow machine.
 */
export async function startLarge() {
  const system = await System.start({ demo: false, keys });
  const start = performance.now();
  const lines = (head, list) => `${[head, ...list].join("\n")}\n`;
  // Each part takes about as long as all before it.
  for (let part = 200; products < most && (performance.now() - start) * 2 < fillTime; part *= 2) {
    const numbers = Array.from({ length: Math.min(part, most - products) }, (_, n) => products + n);
    await system.send("POST", "/products/import", lines("sku,name", numbers.map((n) => `${skuOf(n)},Article ${n}`)), "text/csv");
    const rows = numbers.flatMap((n) => Array.from({ length: stores }, (_, s) => `${skuOf(n)},${storeID(s + 1)},${quantityOf(n)}`));
    await system.send("POST", "/stock/import", lines("sku,store_id,quantity", rows), "text/csv");
    products += numbers.length;
  }
  console.log(`# ${products * stores} rows in ${stores} stores filled in ${Math.round((performance.now() - start) / 1000)} s`);
  return system;
}

/** Opens a screen of the console and signs in. */
export async function signIn(page, system, path, { key = adminKey, label = "API key", button = "Sign in" } = {}) {
  await page.goto(`${system.url}/console${path}`);
  await page.getByLabel(label).fill(key);
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.getByRole("navigation").waitFor();
}

export function rowOf(page, sku, store) {
  return page.locator(`tr[data-key="${sku}/${store}"]`);
}

/** The figure of a tile or of a line of totals. */
export async function total(page, name) {
  return figure(await page.locator(`[data-total="${name}"]`).innerText());
}

/** A number as a reader in Great Britain sees it; NaN for none. */
export function figure(text) {
  return /^[\d,]+$/.test(text.trim()) ? Number(text.trim().replaceAll(",", "")) : Number.NaN;
}

/** Fails on an accessibility problem, or when the page is wider than the screen. */
export async function checkAccess(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  assert.deepEqual(found, [], what);
  const [width, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(width <= seen, `${what}: ${width} px wide on ${seen} px`);
}

/** Counts the requests of a page to the API, without the stream. */
export function countRequests(page) {
  const counted = { times: [] };
  page.on("request", (r) => {
    if (r.url().includes("/api/v1/") && !r.url().includes("/events/stream")) counted.times.push(performance.now());
  });
  return counted;
}

/** Calls change about 25 times a second until the returned function is called. */
export function traffic(change) {
  let running = true;
  const work = (async () => {
    for (let n = 0; running; n++) {
      await Promise.all([change(n), new Promise((resolve) => setTimeout(resolve, 40))]);
    }
  })();
  return async () => {
    running = false;
    await work;
  };
}

export { tab };
