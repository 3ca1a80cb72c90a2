// --- choosing: what is shown of all there is --------------------------------------------------------------
//
// The page gives `page.words(number)`, `page.caption(number)`, `page.counted(number)`, `page.facets` (the values that
// things have: one number, or several), `page.among(number)` for a choice of its own, `page.fits(number, word)` where
// a word is sought otherwise than in the words, `page.filtered()`.

const FOUND = 60;  // things listed at most
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const words = Array.from({ length: page.count }, (_, number) => folded(page.words(number)));
const fits = page.fits ?? ((number, word) => words[number].includes(word));
const has = (facet, number, value) => (Array.isArray(facet.of[number]) ? facet.of[number].includes(value) : facet.of[number] === value);

/** Show what fits the search, the filters and the page's own choice. */
function filter() {
  const sought = folded($("search").value).split(/[\s,]+/).filter(Boolean);
  const wanted = page.facets.map((facet) => [facet, $(`facet-${facet.name}`).value]).filter(([, value]) => value !== "");
  const found = [];
  for (let number = 0; number < page.count; number++) {
    const wanting = sought.every((word) => fits(number, word)) && page.among(number)
      && wanted.every(([facet, value]) => has(facet, number, Number(value)));
    state.shown[number] = wanting ? 1 : 0;
    if (wanting) found.push(number);
  }
  state.some = found.length < page.count;
  state.version++;
  $("counts").textContent = state.some ? `${found.length.toLocaleString("en")} of ${page.counted(page.count)}` : page.counted(page.count);
  $("clear").hidden = $("found").hidden = !state.some;
  $("found-title").textContent = found.length > FOUND ? `The first ${FOUND} found` : "Found";
  $("found").querySelector("ol").replaceChildren(...(state.some ? found.slice(0, FOUND).map(listed) : []));
  page.filtered();
  draw();
  return found;
}

/** A thing in a list, as a button that opens it. */
function listed(number) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.type = "button"; button.textContent = page.caption(number);
  button.addEventListener("click", () => page.open(number, true));
  item.append(button);
  return item;
}

/** The pairs of a list of terms, without those that have no value. */
const terms = (lines) => lines.filter(([, value]) => value).flatMap(([name, value]) =>
  [["dt", name], ["dd", value]].map(([tag, text]) => Object.assign(document.createElement(tag), { textContent: text })));

for (const facet of page.facets) {
  const label = Object.assign(document.createElement("label"), { htmlFor: `facet-${facet.name}`, textContent: facet.label, className: "away-from-sight" });
  const choice = Object.assign(document.createElement("select"), { id: `facet-${facet.name}` });
  choice.append(new Option(`${facet.label}: all`, ""), ...facet.values.map((value, number) => new Option(value, number)));
  choice.addEventListener("change", filter);
  $("facets").append(label, choice);
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") page.close();
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { event.preventDefault(); $("search").focus(); }
});
$("close").addEventListener("click", () => { page.close(); canvas.focus(); });
$("search").addEventListener("input", filter);
$("search").addEventListener("keydown", (event) => {
  const first = event.key === "Enter" && state.some ? state.shown.indexOf(1) : -1;
  if (first >= 0) page.open(first, true);
});
$("clear").addEventListener("click", () => {
  $("search").value = "";
  page.cleared();
  for (const facet of page.facets) $(`facet-${facet.name}`).value = "";
  filter(); show();
});
