// Bundles src into the dist folder of the Go package that embeds it. The names
// of the assets hold a hash of their content, so browsers may keep them for ever.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = new URL("../internal/console/page/dist/", import.meta.url);
rmSync(out, { recursive: true, force: true });
mkdirSync(new URL("assets/", out), { recursive: true });

const license = readFileSync(new URL("node_modules/preact/LICENSE", import.meta.url), "utf8").trim();
const result = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: { app: "src/main.tsx", style: "src/style.css" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  banner: { js: `/*! Contains Preact.\n${license}\n*/` },
  outdir: "out",
  write: false,
});

// asset writes content under a name with its hash and returns the path that
// the page uses.
function asset(name, extension, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const path = `assets/${name}-${hash}.${extension}`;
  writeFileSync(new URL(path, out), content);
  return `/${path}`;
}

let html = readFileSync(new URL("src/index.html", import.meta.url), "utf8");
for (const file of result.outputFiles) {
  const [name, extension] = file.path.split("/").at(-1).split(".");
  html = html.replace(`{{${name}.${extension}}}`, asset(name, extension, file.contents));
}
html = html.replace("{{icon.svg}}", asset("icon", "svg", readFileSync(new URL("src/icon.svg", import.meta.url))));
writeFileSync(new URL("index.html", out), html);
