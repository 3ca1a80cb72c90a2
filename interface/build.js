/*
  Put the page together: `make page` writes ../interface.html out of page.html, the stylesheets and the modules.

  Like all files of this folder but node_modules, this one counts in the fingerprint that the page carries; a test
  compares it, so that the page is never older than its parts.
*/

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const read = (name) => readFileSync(new URL(name, here), "utf8");
const parts = readdirSync(here).filter((name) => /\.(js|css|html)$/.test(name)).sort();
const fingerprint = createHash("sha256").update(parts.map(read).join("\0")).digest("hex");

const bundle = await build({
  entryPoints: [new URL("main.js", here).pathname],
  bundle: true, write: false, format: "esm", target: "es2024", charset: "utf8", legalComments: "none",
});
const contents = {
  "/*style*/": parts.filter((name) => name.endsWith(".css")).map(read).join("").trimEnd(),
  "/*script*/": bundle.outputFiles[0].text.trimEnd(),
  "(fingerprint)": fingerprint,
};
const page = Object.entries(contents).reduce((text, [mark, content]) => text.replace(mark, () => content), read("page.html"));
writeFileSync(new URL("../interface.html", here), page);
