// A freshly started system on a free port with data of its own, and the browser
// that looks at it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const adminKey = "dev-key-admin";
export const out = fileURLToPath(new URL("out/", import.meta.url));
mkdirSync(out, { recursive: true });

const program = fileURLToPath(new URL("../../bin/inventory", import.meta.url));
const startTime = 30_000;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The running system. demo false: no products, no stock; keys: instead of the development keys. */
export class System {
  static async start({ demo = true, keys } = {}) {
    const system = new System();
    system.keys = keys === undefined ? {} : { API_KEYS: keys };
    system.folder = mkdtempSync(join(tmpdir(), "inventory-browser-"));
    system.port = await freePort();
    system.url = `http://localhost:${system.port}`;
    if (!demo) writeFileSync(join(system.folder, "demo-seeded"), "");
    system.demo = demo;
    await system.run();
    return system;
  }

  async run() {
    const { SERVER_PORT: _p, API_KEYS: _k, SERVICE_KEY: _s, ...env } = process.env;
    this.child = spawn(program, ["run"], {
      env: { ...env, ...this.keys, SERVER_PORT: String(this.port), DATA_DIR: this.folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.log = "";
    const note = (text) => (this.log += text);
    this.child.stdout.on("data", note);
    this.child.stderr.on("data", note);
    await until(() => {
      assert.equal(this.child.exitCode, null, this.log);
      return this.log.includes("Inventory is running on");
    }, () => this.log);
  }

  /** Ends the program; run begins it again on the same port and data. */
  async stop() {
    if (this.child.exitCode !== null) return;
    this.child.kill("SIGTERM");
    await once(this.child, "exit");
  }

  async remove() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  call(method, path, body) {
    return this.send(method, path, body === undefined ? undefined : JSON.stringify(body), "application/json");
  }

  async send(method, path, body, type) {
    const answer = await fetch(`${this.url}/api/v1${path}`, { method, headers: { "X-API-Key": adminKey, "Content-Type": type }, body });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async row(sku, store) {
    const product = await this.call("GET", `/products/sku/${sku}`);
    return this.call("GET", `/stock/${product.id}/${store}`);
  }
}

/** Waits until condition holds. */
export async function until(condition, tell = () => "") {
  const deadline = Date.now() + startTime;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited too long: ${tell()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    ],
  });
}

/** A tab that fails the test when the page throws or its policy refuses something. */
export async function tab(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (err) => page.problems.push(String(err)));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) page.problems.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(http:\/\/localhost:|data:|blob:)/.test(request.url())) page.problems.push(`request to ${request.url()}`);
  });
  return page;
}

/** Opens the page and enters the key. */
export async function enter(page, system, { key = adminKey, label = "API key", open = "Open" } = {}) {
  await page.goto(system.url);
  await page.getByLabel(label).fill(key);
  await page.getByRole("button", { name: open, exact: true }).click();
}

/** The row of a product in a store. */
export function row(page, sku, store) {
  return page.locator(`[data-row="${sku}/${store}"]`);
}
