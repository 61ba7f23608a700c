// Runs the unit tests: bundles each file of test for Node, then runs them there.
// The sources are TypeScript that Node cannot run as it is.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const root = new URL(".", import.meta.url).pathname;
const out = "node_modules/.cache/test";
const tests = readdirSync(new URL("test/", import.meta.url)).filter((name) => name.endsWith(".test.ts"));
rmSync(new URL(`${out}/`, import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: tests.map((name) => `test/${name}`),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  outdir: out,
});
const files = tests.map((name) => `${out}/${name.replace(/\.ts$/, ".js")}`);
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", ...files], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = run.status ?? 1;
