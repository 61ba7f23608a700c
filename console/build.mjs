// Bundles src into the folder of the Go package that embeds it. The names of the
// assets contain a hash of their content, so browsers may keep them for ever.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = new URL("../services/notifier/internal/console/page/console-dist/", import.meta.url);
rmSync(out, { recursive: true, force: true });
mkdirSync(new URL("assets/", out), { recursive: true });

const result = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: { app: "src/main.tsx", style: "src/style.css" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  metafile: true,
  outdir: "out",
  write: false,
});

// notice returns the licences of the libraries in the bundle, which ask to be kept.
function notice() {
  const names = Object.keys(result.metafile.inputs).map(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1],
  );
  const users = new Map(); // the names of the libraries by the text of their licence
  for (const name of [...new Set(names)].filter((name) => name !== undefined).sort()) {
    const folder = new URL(`node_modules/${name}/`, import.meta.url);
    const file = readdirSync(folder).find((entry) => /^(un)?licen[cs]e/i.test(entry));
    const text = file === undefined ? license(folder) : readFileSync(new URL(file, folder), "utf8").trim();
    users.set(text, [...(users.get(text) ?? []), name]);
  }
  const parts = [...users].map(([text, list]) => `${list.join(", ")}:\n\n${text}`);
  return `/*! Contains:\n\n${parts.join("\n\n").replaceAll("*/", "* /")}\n*/\n`;
}

function license(folder) {
  return String(JSON.parse(readFileSync(new URL("package.json", folder), "utf8")).license);
}

// asset writes content under a name with its hash and returns the path that the
// page uses.
function asset(name, extension, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const path = `assets/${name}-${hash}.${extension}`;
  writeFileSync(new URL(path, out), content);
  return `/console/${path}`;
}

let html = readFileSync(new URL("src/index.html", import.meta.url), "utf8");
for (const file of result.outputFiles) {
  const [name, extension] = file.path.split("/").at(-1).split(".");
  const content = extension === "js" ? notice() + file.text : file.contents;
  html = html.replace(`{{${name}.${extension}}}`, asset(name, extension, content));
}
html = html.replace("{{icon.svg}}", asset("icon", "svg", readFileSync(new URL("src/icon.svg", import.meta.url))));
writeFileSync(new URL("index.html", out), html);
