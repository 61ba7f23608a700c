import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { adminKey, enter, launch, out, row, System, tab, until } from "./system.mjs";

const sku = "TEA-SEN-100";
const store = "MAD-001";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
let system;
let pages = [];

before(async () => {
  browser = await launch();
  system = await System.start();
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

async function numbers(page) {
  const r = row(page, sku, store);
  return { available: Number(await r.locator(".available").innerText()), reserved: Number(await r.locator(".reserved").innerText()) };
}

async function reserve(page, customer, quantity) {
  await row(page, sku, store).getByRole("button", { name: /^Reserve/ }).click();
  await page.getByLabel("Customer").fill(customer);
  await page.getByLabel("Units", { exact: true }).fill(String(quantity));
  await page.getByRole("dialog").getByRole("button", { name: "Reserve", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return page.locator(".reservation", { hasText: customer });
}

test("the whole life of a reservation", async () => {
  const page = await open();
  await enter(page, system);
  await row(page, sku, store).waitFor();
  const start = await numbers(page);

  const kept = await reserve(page, "ada", 3);
  await kept.waitFor();
  assert.match(await kept.locator("time").innerText(), /^(10:00|9:\d\d)$/);
  await until(async () => (await numbers(page)).reserved === start.reserved + 3);
  assert.equal((await numbers(page)).available, start.available - 3);
  const before = await kept.locator("time").innerText();
  await until(async () => (await kept.locator("time").innerText()) !== before);

  await kept.getByRole("button", { name: /^Confirm/ }).click();
  await kept.waitFor({ state: "detached" });
  await until(async () => (await numbers(page)).reserved === start.reserved);
  assert.equal((await numbers(page)).available, start.available - 3);

  const given = await reserve(page, "bob", 2);
  await given.getByRole("button", { name: /^Cancel/ }).click();
  await given.waitFor({ state: "detached" });
  await until(async () => (await numbers(page)).available === start.available - 3);
  const { quantity, reserved } = await system.row(sku, store);
  assert.deepEqual({ quantity, reserved }, { quantity: start.available + start.reserved - 3, reserved: start.reserved });
});

test("more than there is", async () => {
  const page = await open();
  await enter(page, system);
  await row(page, sku, store).getByRole("button", { name: /^Reserve/ }).click();
  await page.getByLabel("Customer").fill("eve");
  await page.getByLabel("Units", { exact: true }).fill("100000");
  await page.getByRole("dialog").getByRole("button", { name: "Reserve", exact: true }).click();
  await page.getByText("There are not enough units available.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("delivery, adjust, transfer, count, reorder", async () => {
  const page = await open();
  await enter(page, system);
  await row(page, sku, store).waitFor();
  const start = await system.row(sku, store);
  const other = await system.row(sku, "BCN-001");
  async function change(kind, fields, preview) {
    await row(page, sku, store).getByRole("button", { name: /^Change/ }).click();
    await page.getByRole("radio", { name: kind }).check();
    for (const [label, value] of Object.entries(fields)) {
      if (label === "To store") await page.getByRole("combobox", { name: /^To store/ }).selectOption(value);
      else await page.getByLabel(label, { exact: true }).fill(value);
    }
    if (preview !== undefined) await page.locator("output", { hasText: preview }).waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  const q = start.quantity;
  await change("Delivery (+)", { "Units that arrived": "20" }, `${q} → ${q + 20} (+20)`);
  await until(async () => (await numbers(page)).available === start.available + 20);
  await change("Adjust", { "Units to add (negative removes)": "-24", Reason: "breakage" }, `${q + 20} → ${q - 4} (−24)`);
  await until(async () => (await numbers(page)).available === start.available - 4);
  await change("Transfer", { Units: "5", "To store": "BCN-001" }, `${q - 4} → ${q - 9} (−5)`);
  await until(async () => (await numbers(page)).available === start.available - 9);
  assert.equal((await system.row(sku, "BCN-001")).quantity, other.quantity + 5);
  await change("Count (=)", { "Units counted": String(q) }, `${q - 9} → ${q} (+9)`);
  await until(async () => (await numbers(page)).available === start.available);
  await change("Reorder", { "Reorder point": "12" });
  await until(async () => (await system.row(sku, store)).reorder_point === 12);
  assert.equal((await system.row(sku, store)).quantity, q);

  await row(page, sku, store).getByRole("button", { name: /^Change/ }).click();
  await page.getByRole("radio", { name: "Transfer" }).check();
  const stores = await page.getByRole("combobox", { name: /^To store/ }).locator("option").allInnerTexts();
  assert.deepEqual(stores, ["", "BCN-001"], "a store that does not exist can be chosen");
  await page.keyboard.press("Escape");
});

// Events that never stop must not put off the reading that they ask for.
test("figures follow while changes go on without a pause", async () => {
  const page = await open();
  await enter(page, system);
  await row(page, sku, store).waitFor();
  await page.locator('[data-connection="live"]').waitFor();
  const start = await numbers(page);
  const { product_id } = await system.row(sku, store);
  let seen = false;
  let sent = 0;
  const traffic = (async () => {
    for (; !seen; sent++) {
      await system.call("POST", `/stock/${product_id}/${store}/adjust`, { adjustment: 1 });
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  try {
    await until(async () => (await numbers(page)).available >= start.available + 10);
  } finally {
    seen = true;
    await traffic;
  }
  await until(async () => (await numbers(page)).available === start.available + sent);
  await page.locator(".as-of", { hasText: /^as of \d+:\d\d:\d\d/ }).waitFor();
  await system.call("POST", `/stock/${product_id}/${store}/adjust`, { adjustment: -sent });
});

test("the stream is asked for the chosen store", async () => {
  const page = await open();
  const streams = [];
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (url.pathname === "/api/v1/events/stream") streams.push(url.search);
  });
  await enter(page, system);
  await row(page, sku, store).waitFor();
  await page.getByLabel("Store", { exact: true }).selectOption("BCN-001");
  await row(page, sku, store).waitFor({ state: "detached" });
  await row(page, sku, "BCN-001").waitFor();
  await until(() => streams.length === 2);
  assert.deepEqual(streams, ["", "?store_id=BCN-001"]);
});

test("more rows and reservations than are loaded", async () => {
  const large = await System.start({ demo: false });
  try {
    const rows = 1100;
    const pending = 120;
    const line = (n) => `BIG-${String(n).padStart(5, "0")}`;
    const lines = Array.from({ length: rows }, (_, n) => n);
    const text = (header, of) => [header, ...lines.map(of)].join("\n");
    await large.send("POST", "/products/import", text("sku,name", (n) => `${line(n)},Product ${n}`), "text/csv");
    await large.send("POST", "/stock/import", text("sku,store_id,quantity", (n) => `${line(n)},${n % 2 === 0 ? "S-2" : "S-1"},${100 + n}`), "text/csv");
    const last = await large.row(line(rows - 2), "S-2"); // the last of the last store
    for (let n = 0; n < pending; n++) {
      await large.call("POST", "/reservations", { product_id: last.product_id, store_id: "S-2", customer_id: `c-${n}`, quantity: 1 });
    }
    const page = await open();
    await enter(page, large);
    const units = rows * 100 + (rows * (rows - 1)) / 2;
    const tile = (text) => page.locator(".tile", { hasText: text }).locator(".figure");
    await until(async () => (await tile("Units available").innerText()) === (units - pending).toLocaleString("en"));
    assert.equal(await tile("Units reserved").innerText(), String(pending));
    await page.getByText("60 of 1,100 shown").waitFor();
    await page.getByText("Only 1,000 of 1,100 rows are loaded").waitFor();
    await page.getByText("Only 100 of 120 are loaded").waitFor();
    await page.locator(".reservation", { hasText: `1 × Product ${rows - 2}` }).first().waitFor();
    await page.getByRole("searchbox").fill(line(rows - 2));
    await page.getByText("Nothing matches among the 1,000 rows that are loaded. There are 1,100.").waitFor();
    await page.screenshot({ path: join(out, "large.png") });
  } finally {
    await large.remove();
  }
});

test("figures that cannot be read are not shown as true", async () => {
  const page = await open();
  let away = true;
  const refuse = (route) => (away ? route.fulfill({ status: 503, json: { code: "STORAGE_UNAVAILABLE", detail: "Away." } }) : route.continue());
  await page.route("**/api/v1/stock/summary", refuse);
  await page.route("**/api/v1/system", refuse);
  await enter(page, system);
  await page.getByText("The figures cannot be read at the moment and may be old.").waitFor();
  await page.locator('[data-connection="behind"]').waitFor();
  await page.getByText("The state of the system is not known").waitFor();
  assert.deepEqual(await page.locator(".tile .figure").allInnerTexts(), ["–", "–", "–"]);
  assert.equal(await page.getByText("No reservation is pending.").count(), 0);
  assert.equal(await page.getByText("No alert to look at.").count(), 0);
  away = false;
  await page.locator('[data-connection="live"]').waitFor();
  await row(page, sku, store).waitFor();
  await page.getByText("The figures cannot be read").waitFor({ state: "detached" });
});

test("a second tab sees the change live", async () => {
  const [first, second] = [await open(), await open()];
  await enter(first, system);
  await enter(second, system);
  await row(second, sku, store).waitFor();
  await second.locator('[data-connection="live"]').waitFor();
  const start = await numbers(second);
  await reserve(first, "carol", 1);
  await until(async () => (await numbers(second)).reserved === start.reserved + 1);
  await second.locator(`.fresh[data-row="${sku}/${store}"]`).waitFor();
  await second.locator(".reservation", { hasText: "carol" }).waitFor();
  const events = second.getByRole("list", { name: "Live events" });
  await events.getByText("reservation.created").waitFor();
  await events.getByText("stock.reserved").waitFor();
  await second.getByRole("img", { name: /: 1 reservations, 0 sales$/ }).waitFor();
  await second.screenshot({ path: join(out, "live-change.png") });
  await second.getByLabel("Show", { exact: true }).selectOption("Reservations");
  await events.getByText("stock.reserved").waitFor({ state: "detached" });
  assert.equal(await events.getByText("reservation.created").count(), 1);
});

test("low stock raises an alert, a rule is edited", async () => {
  const page = await open();
  await enter(page, system);
  const alerts = page.getByRole("region", { name: "Alerts" });
  await page.locator('[data-connection="live"]').waitFor();

  await alerts.getByRole("button", { name: "Rules" }).click();
  await page.getByRole("button", { name: "Edit: Many reservations expire" }).waitFor();
  await page.getByRole("button", { name: "Edit: Low stock" }).click();
  await page.getByLabel("Quiet for seconds").fill("0");
  await page.getByRole("button", { name: "Save" }).click(); // the browser refuses it
  await page.getByLabel("Quiet for seconds").fill("1");
  await page.getByLabel("Within seconds").fill("120");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("1 × stock.low within 2 minutes, then quiet for 1 second").waitFor();
  await page.screenshot({ path: join(out, "alert-rules.png") });
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const { data } = await system.call("GET", "/alerts/rules");
  assert.deepEqual(data.map((r) => [r.name, r.quiet_seconds, r.version]), [["Low stock", 1, 2], ["Many reservations expire", 900, 1]]);

  const { product_id, available, reorder_point } = await system.row(sku, store);
  const below = available - reorder_point;
  const adjust = (adjustment) => system.call("POST", `/stock/${product_id}/${store}/adjust`, { adjustment });
  await adjust(-below);
  const item = alerts.locator(".alert.fresh", { hasText: `Low stock · ${store}` });
  await item.getByText("events: 1").waitFor();
  await page.locator('[aria-live="assertive"]', { hasText: `Alert: Low stock, ${store}` }).waitFor({ state: "attached" });
  await page.getByRole("list", { name: "Live events" }).getByText("alert.raised").waitFor();
  await page.screenshot({ path: join(out, "alert.png") });
  await adjust(below);

  const id = await item.getAttribute("data-alert");
  await item.getByRole("button", { name: /^Dismiss/ }).click();
  await item.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Rules");
  await page.reload(); // dismissed for this tab
  await row(page, sku, store).waitFor();
  assert.equal(await alerts.locator(`[data-alert="${id}"]`).count(), 0);
  const other = await open();
  await enter(other, system);
  await other.locator(`[data-alert="${id}"]`).waitFor();
});

test("an alert rule is made and deleted", async () => {
  const page = await open({ locale: "es-ES" });
  await enter(page, system, { label: "Clave de API", open: "Abrir" });
  await page.getByRole("region", { name: "Alertas" }).getByRole("button", { name: "Reglas" }).click();
  await page.getByRole("button", { name: "Nueva regla" }).click();
  await page.getByLabel("Nombre").fill("Barcelona");
  await page.getByRole("combobox", { name: /^Evento/ }).selectOption("Reserva caducada");
  await page.getByLabel("Cuántos").fill("3");
  await page.getByLabel(/^Tiendas/).fill("BCN-001, VLC-001");
  await page.getByRole("button", { name: "Guardar" }).click();
  const made = page.locator('[data-rule="Barcelona"]');
  await made.getByText("3 × reservation.expired en 1 minuto, después silencio de 15 minutos").waitFor();
  await made.getByText("BCN-001, VLC-001").waitFor();
  await page.getByRole("button", { name: "Editar: Barcelona" }).click();
  await page.getByRole("button", { name: "Borrar" }).click();
  await page.getByRole("button", { name: "Borrar del todo" }).click();
  await page.getByRole("button", { name: "Nueva regla" }).waitFor();
  await page.getByRole("button", { name: /^Editar/ }).first().waitFor();
  assert.equal(await made.count(), 0);
});

test("search, low stock first", async () => {
  const page = await open();
  await enter(page, system);
  await row(page, sku, store).waitFor();
  assert.match(await page.locator(".row").first().getAttribute("class"), /\blow\b/);
  await page.getByRole("searchbox").fill("sencha mad");
  await until(async () => (await page.locator(".row").count()) === 1);
  await page.getByRole("searchbox").fill("no such thing");
  await page.getByText("Nothing matches.").waitFor();
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Low stock only").check();
  assert.equal(await page.locator(".row:not(.low)").count(), 0);
  assert.notEqual(await page.locator(".row.low").count(), 0);
  await page.getByLabel("Low stock only").uncheck();
  await page.getByLabel("Store", { exact: true }).selectOption("BCN-001");
  await until(async () => (await page.locator(".row").count()) === 12);
});

test("a wrong key", async () => {
  const page = await open();
  await enter(page, system, { key: "no-such-key" });
  await page.getByText("The server does not accept this key.").waitFor();
  await page.screenshot({ path: join(out, "wrong-key.png") });
  await page.getByLabel("API key").fill(adminKey);
  await page.keyboard.press("Enter");
  await row(page, sku, store).waitFor();
  await page.reload(); // the key is kept in the tab
  await row(page, sku, store).waitFor();
});

test("nothing there yet", async () => {
  const empty = await System.start({ demo: false });
  try {
    const page = await open();
    await enter(page, empty);
    await page.getByText("There is no stock yet.").waitFor();
    await page.getByText("No reservation is pending.").waitFor();
    await page.screenshot({ path: join(out, "empty.png") });
    const product = await empty.call("POST", "/products", { sku: "NEW-1", name: "First product" });
    await empty.call("POST", "/stock", { product_id: product.id, store_id: store, initial_quantity: 5 });
    await row(page, "NEW-1", store).waitFor();
  } finally {
    await empty.remove();
  }
});

test("the server goes and comes back", async () => {
  const own = await System.start();
  try {
    const page = await open();
    await enter(page, own);
    await row(page, sku, store).waitFor();
    await own.stop();
    await page.getByText("The server does not respond. Trying to connect again").waitFor();
    await page.screenshot({ path: join(out, "server-gone.png") });
    await own.run();
    await page.getByText("The server is back.").waitFor({ timeout: 30_000 });
    const start = await numbers(page);
    const { product_id } = await own.row(sku, store);
    await own.call("POST", `/stock/${product_id}/${store}/adjust`, { adjustment: 7 });
    await until(async () => (await numbers(page)).available === start.available + 7);
  } finally {
    await own.remove();
  }
});

test("with the keyboard only", async () => {
  const page = await open();
  await page.goto(system.url);
  await page.keyboard.type(adminKey); // the field has the focus
  await page.keyboard.press("Enter");
  await row(page, sku, store).waitFor();
  const button = row(page, sku, store).getByRole("button", { name: /^Change/ });
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await until(() => button.evaluate((b) => b === document.activeElement));
  await page.keyboard.press("Shift+Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
});

test("Spanish", async () => {
  const page = await open({ locale: "es-ES" });
  await enter(page, system, { label: "Clave de API", open: "Abrir" });
  await page.getByRole("heading", { name: "Reservas pendientes" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "es");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Pending reservations" }).waitFor();
});

for (const width of [360, 1440]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${width} px, ${colorScheme}: nothing is cut off, no serious accessibility violation`, async () => {
      // axe is put into the page by the debugger, which the policy does not concern.
      const page = await open({ colorScheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
      await page.goto(system.url);
      await page.getByLabel("API key").waitFor();
      assert.deepEqual(await violations(page), [], "the dialog for the key");
      await enter(page, system);
      await row(page, sku, store).waitFor();
      await reserve(page, `dora-${width}-${colorScheme}`, 1);
      await page.locator(".reservation", { hasText: `dora-${width}-${colorScheme}` }).waitFor();
      assert.deepEqual(await violations(page), [], "the page");
      const { needed, given } = await page.evaluate(() => ({
        needed: document.documentElement.scrollWidth, given: document.documentElement.clientWidth,
      }));
      assert.ok(needed <= given, `${needed} px wide`);
      await page.screenshot({ path: join(out, `page-${width}-${colorScheme}.png`), fullPage: true });
      await row(page, sku, store).getByRole("button", { name: /^Change/ }).click();
      await page.getByRole("dialog").waitFor();
      assert.deepEqual(await violations(page), [], "the form");
      await page.screenshot({ path: join(out, `form-${width}-${colorScheme}.png`) });
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Rules" }).click();
      await page.getByRole("button", { name: "Edit: Low stock" }).waitFor();
      assert.deepEqual(await violations(page), [], "the alert rules");
      await page.screenshot({ path: join(out, `rules-${width}-${colorScheme}.png`) });
      await page.getByRole("button", { name: "Edit: Low stock" }).click();
      await page.getByLabel("Quiet for seconds").waitFor();
      assert.deepEqual(await violations(page), [], "the form of an alert rule");
      await page.screenshot({ path: join(out, `rule-${width}-${colorScheme}.png`) });
    });
  }
}

async function violations(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document));
  assert.ok(result.passes.length > 10, "axe looked at the page");
  return result.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(" ")} ${n.failureSummary}`).join("; ")}`);
}

// A dead letter takes an event that no consumer can handle, which the running
// system does not make; so the server's answer is played here.
test("the system's health, and a dead letter replayed", async () => {
  const page = await open();
  let letters = [{ id: "41", group: "stock", event_id: "0199f3a0", reason: "no such hold", attempts: 5, failed_at: "2026-01-01T00:00:00Z" }];
  const replays = [];
  await page.route("**/api/v1/system", (route) => route.fulfill({
    json: {
      services: [
        { service: "catalog", status: "healthy", pending_events: 0, broker: "ok", database: "healthy" },
        { service: "stock", status: "unreachable", pending_events: 0, broker: "unknown", database: "unknown" },
      ],
      broker: "ok", groups: [{ group: "stock", lag: 12, members: 1 }], dead_letters: letters, dead_letters_total: letters.length,
    },
  }));
  await page.route("**/api/v1/system/dead-letters/*/replay", async (route) => {
    replays.push([route.request().method(), new URL(route.request().url()).pathname, route.request().headers()["idempotency-key"]?.length]);
    letters = [];
    await route.fulfill({ json: { id: "41", group: "stock", event_id: "0199f3a0" } });
  });
  await enter(page, system);
  const card = page.getByRole("region", { name: "System" });
  await card.getByText("unreachable").waitFor();
  await card.getByText("12 behind").waitFor();
  await card.getByText("no such hold").waitFor();
  await card.screenshot({ path: join(out, "system.png") });
  await card.getByRole("button", { name: "Replay event 0199f3a0" }).click();
  await page.getByText("The event goes to its consumer again.").waitFor();
  await card.getByText("None.").waitFor();
  assert.deepEqual(replays, [["POST", "/api/v1/system/dead-letters/41/replay", 32]]);
});
