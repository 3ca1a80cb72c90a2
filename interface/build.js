/*
  Put the page together: `make page` writes ../interface.html out of page.html, the stylesheets, the modules and the
  sentences in languages/.

  Like all files of this folder but node_modules, and what it shares with the atlas, this one counts in the fingerprint
  that the page carries; a test compares it, so that the page is never older than its parts.
*/

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const SHARED = ["../image_machines/atlas/maps/parts/plane.js"];  // modules of the atlas

const here = new URL(".", import.meta.url);
const read = (name) => readFileSync(new URL(name, here), "utf8");
const namesIn = (folder, kinds) => readdirSync(new URL(folder, here)).filter((name) => kinds.test(name)).sort().map((name) => folder + name);
const languages = namesIn("languages/", /\.json$/);
const parts = [...namesIn("", /\.(js|css|html)$/), ...languages, ...SHARED];
const fingerprint = createHash("sha256").update(parts.map(read).join("\0")).digest("hex");

const tables = Object.fromEntries(languages.map((name) => [name.match(/(\w+)\.json$/)[1], JSON.parse(read(name))]));
const [, version] = read("../CITATION.cff").match(/^version: (.+)$/m);  // of the program, for citations of its images
const bundle = await build({
  entryPoints: [new URL("main.js", here).pathname],
  bundle: true, write: false, format: "esm", target: "es2024", charset: "utf8", legalComments: "none",
  define: { TABLES: JSON.stringify(tables), VERSION: JSON.stringify(version) },
});
const contents = {
  "/*style*/": parts.filter((name) => name.endsWith(".css")).map(read).join("").trimEnd(),
  "/*script*/": bundle.outputFiles[0].text.trimEnd(),
  "(fingerprint)": fingerprint,
};
const page = Object.entries(contents).reduce((text, [mark, content]) => text.replace(mark, () => content), read("page.html"));
writeFileSync(new URL("../interface.html", here), page);
