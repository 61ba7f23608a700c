// Writes the types of the API, src/api/schema.gen.ts, from the OpenAPI document of the
// whole system. With --check it changes nothing, and fails if the file is another one.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const target = new URL("src/api/schema.gen.ts", import.meta.url);
const document = new URL("../pkg/contract/apidoc/openapi.json", import.meta.url);
const text = `// Code generated from openapi.json by schema.mjs. DO NOT EDIT.\n\n${astToString(await openapiTS(document))}`;
if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
  console.error("src/api/schema.gen.ts does not match the OpenAPI document: npm run schema");
  process.exitCode = 1;
}
