import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { join } from "node:path";
import {
  checkAccess, countRequests, figure, products, quantityOf, readKey, rowOf, signIn, skuOf, startLarge, storeID, storeKey, stores, total, traffic, truth,
} from "./console.mjs";
import { launch, out, tab, until } from "./system.mjs";

let browser;
let system;
let pages = [];

before(async () => {
  [browser, system] = await Promise.all([launch(), startLarge()]);
});

after(async () => {
  await browser?.close();
  await system?.remove();
});

afterEach(async () => {
  const problems = pages.flatMap((p) => p.problems);
  for (const p of pages) await p.context().close();
  pages = [];
  assert.deepEqual(problems, []);
});

async function open(options) {
  const page = await tab(browser, options);
  pages.push(page);
  return page;
}

const shownRows = (page) => page.locator("tr[data-key]");
const available = (page, sku, store) => rowOf(page, sku, store).locator('[data-column="available"]');

/** Waits until the tiles show these totals. */
async function wantTotals(page, want) {
  for (const [name, value] of Object.entries(want)) await until(async () => (await total(page, name)) === value, () => `${name} is not ${value}`);
}

test("the totals of all rows, of a store and of a search are those of the API", async () => {
  const page = await open();
  await signIn(page, system, "/stock");
  await wantTotals(page, { ...truth(), reserved: 0 });
  await page.getByRole("combobox", { name: "Store", exact: true }).selectOption(storeID(3));
  await wantTotals(page, truth(1));
  await page.getByRole("combobox", { name: "State", exact: true }).selectOption("out");
  await wantTotals(page, { rows: truth(1).out, available: 0 });
  await rowOf(page, skuOf(100), storeID(3)).waitFor();
  assert.equal(new URL(page.url()).search, `?store=${storeID(3)}&state=out`);
});

test("a search finds every row, and its address finds it again", async () => {
  const page = await open();
  await signIn(page, system, "/stock");
  await shownRows(page).first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(`big-${String(products - 1).padStart(5, "0")}`);
  await rowOf(page, skuOf(products - 1), storeID(30)).or(rowOf(page, skuOf(products - 1), storeID(1))).first().waitFor();
  await wantTotals(page, { rows: stores });
  await page.getByRole("combobox", { name: "Store", exact: true }).selectOption(storeID(30));
  await wantTotals(page, { rows: 1 });
  await page.reload();
  await rowOf(page, skuOf(products - 1), storeID(30)).waitFor();
  assert.equal(await page.getByLabel("Search product or SKU").inputValue(), `big-${String(products - 1).padStart(5, "0")}`);
  assert.equal(await shownRows(page).count(), 1);
  await page.goBack();
  await wantTotals(page, { rows: stores });
  await page.getByLabel("Search product or SKU").fill("no such product");
  await page.getByText("No row matches").waitFor();
  await wantTotals(page, { rows: 0 });
});

test("nothing is shown as a figure that is not known, nor an old store under a new name", async () => {
  const page = await open();
  let release = () => undefined;
  const held = async () => {
    const waiting = new Promise((resolve) => (release = resolve));
    await page.route("**/api/v1/stock?*", async (route) => {
      await waiting;
      await route.continue();
    });
  };
  const letGo = async () => {
    release();
    await page.unrouteAll({ behavior: "wait" });
  };
  await held();
  await signIn(page, system, "/stock");
  assert.ok(Number.isNaN(await total(page, "rows")));
  assert.ok(await page.locator("table .skeleton").count() > 5);
  assert.equal(await page.getByText("There is no stock yet").count(), 0);
  await letGo();
  await shownRows(page).first().waitFor();
  await wantTotals(page, { rows: truth().rows });

  await held();
  await page.getByRole("combobox", { name: "Store", exact: true }).selectOption(storeID(2));
  await shownRows(page).first().waitFor({ state: "detached" });
  assert.ok(Number.isNaN(await total(page, "rows")));
  await letGo();
  await shownRows(page).first().waitFor();
  const keys = await shownRows(page).evaluateAll((rows) => rows.map((r) => r.dataset.key));
  assert.ok(keys.every((key) => key.endsWith(`/${storeID(2)}`)), String(keys));
});

test("steady traffic: true figures while it lasts, two requests a second, rows that stay", async () => {
  const page = await open();
  await signIn(page, system, `/stock?store=${storeID(5)}&sort=available&q=BIG-00`);
  await rowOf(page, skuOf(0), storeID(5)).waitFor();
  const order = await shownRows(page).evaluateAll((rows) => rows.map((r) => r.dataset.key));
  const [moving] = order.slice(3, 4).map((key) => key.split("/")[0]);
  const moved = await Promise.all(
    order.slice(0, 12).map(async (key) => (await system.call("GET", `/products/sku/${key.split("/")[0]}`)).id),
  );
  const requests = countRequests(page);
  // Each product of the screen in turn, and as often a row that is not on it.
  const stop = traffic((n) =>
    system.call("POST", `/stock/${moved[(n >> 1) % moved.length]}/${storeID(n % 2 === 0 ? 5 : 6)}/adjust`, { adjustment: 1000 }),
  );
  try {
    for (let round = 0; round < 3; round++) {
      // What is true now is shown, or overtaken, while the traffic goes on.
      const now = (await system.row(moving, storeID(5))).available;
      await until(async () => figure(await available(page, moving, storeID(5)).innerText()) > now, () => `still below ${now}`);
    }
    await page.getByText("Changes since then").waitFor();
  } finally {
    await stop();
  }
  const seconds = (requests.times.at(-1) - requests.times[0]) / 1000;
  console.log(`# ${requests.times.length} requests in ${seconds.toFixed(1)} s of traffic`);
  assert.ok(requests.times.length <= 2 * seconds + 2, `${requests.times.length} requests in ${seconds} s`);
  const end = (await system.row(moving, storeID(5))).available;
  await until(async () => figure(await available(page, moving, storeID(5)).innerText()) === end);
  assert.deepEqual(await shownRows(page).evaluateAll((rows) => rows.map((r) => r.dataset.key)), order);
  await page.getByRole("button", { name: "Update the list" }).click();
  await until(async () => (await shownRows(page).first().getAttribute("data-key")) !== order[3] && !(await shownRows(page).evaluateAll((rows) => rows.slice(0, 3).map((r) => r.dataset.key))).includes(order[3]));
});

test("the keys go through pages of rows, of which the page holds those on the screen", async () => {
  const page = await open();
  await signIn(page, system, "/stock?sort=sku");
  await rowOf(page, skuOf(0), storeID(1)).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.press("ArrowDown");
  const focused = () => page.evaluate(() => document.activeElement.closest("tr")?.dataset.key);
  assert.equal(await focused(), `${skuOf(0)}/${storeID(1)}`);
  await page.keyboard.press("ArrowDown");
  await until(async () => (await focused()) === `${skuOf(0)}/${storeID(2)}`);
  const loaded = async () => Number(await page.locator("[data-loaded]").getAttribute("data-loaded"));
  for (const enough of [150, 250, 350]) {
    await until(async () => {
      await page.keyboard.press("End");
      return (await loaded()) > enough;
    });
  }
  assert.ok(await page.locator("tr").count() < 80);
  await page.keyboard.press("ArrowUp");
  await until(async () => (await focused()) !== undefined);
  const [sku] = (await focused()).split("/");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: `Article ${Number(sku.slice(4))}`, exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/console/products/${sku}`);
});

test("a product with its stores and movements, as they change", async () => {
  const page = await open();
  const sku = skuOf(134);
  await signIn(page, system, `/products/${sku}`);
  await page.locator("[data-store]").nth(stores - 1).waitFor();
  const before = quantityOf(134) * stores;
  assert.equal(await total(page, "available"), before);
  assert.equal(await page.locator("[data-movement]").count(), 20);
  await page.getByRole("button", { name: "Show more" }).click();
  await until(async () => (await page.locator("[data-movement]").count()) === stores);
  const row = await system.row(sku, storeID(9));
  await system.call("POST", `/stock/${row.product_id}/${row.store_id}/adjust`, { adjustment: -3, reason: "broken in the shop" });
  await until(async () => (await total(page, "available")) === before - 3);
  const movement = page.locator("[data-movement]").first();
  await until(async () => /broken in the shop/.test(await movement.innerText()));
  assert.match(await movement.innerText(), /S-09\s+Adjusted\s+-3\s+\d+\s+Admin/);
  assert.equal(await page.locator("[data-movement]").count(), stores + 1);
  await page.goto(`${system.url}/console/products/none`);
  await page.getByText("There is no product with the SKU none.").waitFor();
});

test("a delivery adds, a count replaces, a transfer goes to a known store", async () => {
  const page = await open();
  const sku = skuOf(63);
  const [from, to] = [storeID(11), storeID(12)];
  const start = quantityOf(63);
  await signIn(page, system, `/products/${sku}`);
  const line = (store) => page.locator(`[data-store="${store}"] [data-column="quantity"]`);
  const dialog = page.getByRole("dialog");
  const change = async (kind) => {
    await page.getByRole("button", { name: `Change ${from}` }).click();
    await dialog.getByRole("button", { name: kind }).click();
  };
  const save = async () => {
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
  };
  const preview = (text) => until(async () => (await dialog.locator("[data-preview]").innerText()) === text, () => `not ${text}`);
  await change("Receive delivery (+)");
  await preview(`${start} now`);
  await dialog.getByLabel("Units received").fill("20");
  await preview(`${start} → ${start + 20} (+20)`);
  await save();
  await until(async () => figure(await line(from).innerText()) === start + 20);

  await change("Count (=)");
  await dialog.getByLabel("Units counted").fill("20");
  await preview(`${start + 20} → 20 (-${start})`);
  await dialog.getByLabel("Reason (optional)").fill("yearly count");
  await save();
  await until(async () => figure(await line(from).innerText()) === 20);

  await change("Transfer");
  await dialog.getByLabel("Units to transfer").fill("21");
  await dialog.getByText("20 available, 21 asked.").waitFor();
  const options = await dialog.getByRole("combobox").locator("option").allInnerTexts();
  assert.equal(options.length, stores, "the other stores, and none that is typed");
  await dialog.getByRole("combobox").selectOption(to);
  assert.ok(await dialog.getByRole("button", { name: "Save" }).isDisabled());
  await dialog.getByLabel("Units to transfer").fill("5");
  await checkAccess(page, "transfer");
  await save();
  await until(async () => figure(await line(from).innerText()) === 15 && figure(await line(to).innerText()) === start + 5);
  const stored = await system.row(sku, from);
  assert.deepEqual([stored.quantity, (await system.row(sku, to)).quantity], [15, start + 5]);

  await change("Thresholds");
  await dialog.getByLabel("Reorder at").fill("15");
  await save();
  await page.locator(`[data-store="${from}"]`).getByText("Low", { exact: true }).waitFor();
  assert.equal((await system.row(sku, from)).quantity, 15);
});

test("a key is offered only the changes that it may make", async () => {
  const page = await open();
  await signIn(page, system, `/products/${skuOf(70)}`, { key: readKey });
  await page.locator("[data-store]").nth(stores - 1).waitFor();
  assert.equal(await page.getByRole("button", { name: /^Change / }).count(), 0);
  const other = await open();
  await signIn(other, system, `/products/${skuOf(70)}`, { key: storeKey });
  await other.getByRole("button", { name: "Change S-07" }).click();
  await other.getByRole("button", { name: "Transfer" }).click();
  assert.deepEqual(await other.getByRole("dialog").getByRole("combobox").locator("option").allInnerTexts(), ["Choose a store"]);
});

test("figures that cannot be read are said to be behind, and a server that is gone is", async () => {
  const page = await open();
  await signIn(page, system, `/stock?q=${skuOf(7)}`);
  const row = rowOf(page, skuOf(7), storeID(1));
  await row.waitFor();
  const status = (state) => until(async () => (await page.locator("[data-state]").getAttribute("data-state")) === state, () => `not ${state}`);
  await status("live");
  const problem = { type: "urn:inventory:problem:storage-unavailable", title: "Away.", status: 503, detail: "Away for a moment.", code: "STORAGE_UNAVAILABLE" };
  await page.route("**/api/v1/stock**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }));
  const { product_id } = await system.row(skuOf(7), storeID(1));
  await system.call("POST", `/stock/${product_id}/${storeID(1)}/adjust`, { adjustment: 1 });
  await status("behind");
  await page.getByText("Away for a moment.").waitFor();
  await page.unrouteAll({ behavior: "wait" });
  await status("live");
  await until(async () => figure(await available(page, skuOf(7), storeID(1)).innerText()) === quantityOf(7) + 1);
  await system.stop();
  await status("gone");
  await page.getByText("The server does not respond.").waitFor();
  await system.run();
  await status("live");
});

test("the console shows whose key it is and what it may do", async () => {
  const page = await open();
  await page.goto(`${system.url}/console/stock`);
  await page.getByLabel("API key").fill("not-a-key");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The server does not accept this key.").waitFor();
  await signIn(page, system, "/stock", { key: readKey });
  await page.getByRole("button", { name: "Auditor" }).click();
  await page.getByText("reads all stores, changes nothing").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, system, "/stock", { key: storeKey });
  await wantTotals(page, { rows: truth(1).rows });
  await page.getByRole("button", { name: "Store Seven" }).click();
  await page.getByText("reads and changes S-07").waitFor();
  assert.deepEqual(await page.getByRole("combobox", { name: "Store", exact: true }).locator("option").allInnerTexts(), ["All stores", "S-07"]);
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("console-key")), false);
  await page.getByRole("link", { name: "Live page" }).click();
  await page.getByRole("link", { name: "Console", exact: true }).click();
  await wantTotals(page, { rows: truth(1).rows });
});

for (const [name, options] of Object.entries({
  "wide, light, English": { viewport: { width: 1920, height: 1080 }, colorScheme: "light" },
  "wide, dark, Spanish": { viewport: { width: 1440, height: 900 }, colorScheme: "dark", locale: "es-ES" },
  "tablet, light, Spanish": { viewport: { width: 768, height: 1024 }, colorScheme: "light", locale: "es-ES" },
  "phone, dark, English": { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
})) {
  test(`every screen is accessible: ${name}`, async () => {
    const page = await open(options);
    const spanish = options.locale === "es-ES";
    await page.goto(`${system.url}/console/stock`);
    await page.locator("form").waitFor();
    await checkAccess(page, "sign-in");
    await signIn(page, system, "/stock", spanish ? { label: "Clave de API", button: "Entrar" } : {});
    const shot = (screen) => page.screenshot({ path: join(out, `console-${screen}-${options.viewport.width}.png`) });
    await shownRows(page).first().waitFor();
    await page.getByText(spanish ? "Unidades disponibles" : "Units available").waitFor();
    await until(async () => (await page.locator("dd .skeleton").count()) === 0);
    await checkAccess(page, "stock");
    await shot("stock");
    await page.goto(`${system.url}/console/products/${skuOf(134)}`);
    await page.locator("[data-movement]").first().waitFor();
    await checkAccess(page, "product");
    await shot("product");
  });
}
