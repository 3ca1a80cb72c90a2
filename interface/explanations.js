/*
  Why a network says so: a part of the page (interface.html) of its own, which it loads from the service.

  `start` takes the page's tools and gives `route`, which the page calls whenever the address changes. The view
  `works` lists the collection; `sheet` opens one work, or a picture of one's own, and fills with what the service
  answers: the verdict, the features with their heat, and what the verdict becomes without some of them; of a
  semantic network its attribute maps. `account` tells of a neuron. No picture of one's own leaves this window but
  to the service, which keeps none.
*/

const LARGEST = 20 * 2 ** 20;  // bytes of a picture that the service takes
const LENGTH = 48;  // works of a page
const PACE = 250;  // milliseconds between two questions about an answer
const NINE = 9;  // works that show what excites a feature

let page, heat;
const now = { works: [], next: null, search: null, subject: null, asked: 0, opener: null, heat: null, cells: null };

const $ = (id) => document.getElementById(id);
const make = (...all) => page.make(...all);
const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));
const plural = (number, noun) => page.count(number, noun);

/** Begin: put the view and the sheet into the page. */
export async function start(tools) {
  page = tools;
  heat = await import(page.address("interface/heat.js"));
  document.head.append(make("link", { rel: "stylesheet", href: page.address("interface/explanations.css") }));
  $("works-view").innerHTML = VIEW;
  document.body.insertAdjacentHTML("beforeend", SHEET);
  $("own").addEventListener("change", () => takeFile($("own").files[0]));
  $("more-works").addEventListener("click", () => listWorks(now.next).catch(page.complain));
  addEventListener("dragover", (event) => { if (isHere(event)) { event.preventDefault(); $("drop").dataset.over = ""; } });
  addEventListener("dragleave", () => delete $("drop").dataset.over);
  addEventListener("drop", (event) => { if (isHere(event)) { event.preventDefault(); delete $("drop").dataset.over; takeFile(event.dataTransfer.files[0]); } });
  $("why-close").addEventListener("click", () => $("why").close());
  $("why").addEventListener("close", closed);
  $("by").addEventListener("change", () => explain());
  $("strength").addEventListener("input", drawHeat);
  $("why-picture").addEventListener("load", drawHeat);
  new ResizeObserver(drawHeat).observe($("why-picture"));
  return { route, account };
}

const isHere = (event) => (page.state.view === "works" || $("why").open) && event.dataTransfer?.types.includes("Files");

/** The address in the bar says whether the works are seen, and which of them is open. */
function route(words) {
  const isWorks = page.state.view === "works";
  if (isWorks && now.search !== page.state.search) listWorks(0).catch(page.complain);
  const file = isWorks ? words.get("work") : null;
  if (file) openWork(file, words.get("model")).catch(page.complain);
  else if ($("why").open && !(isWorks && now.subject?.blob)) $("why").close();
}

const linkTo = (work, model) => `#${new URLSearchParams({ view: "works", work: work.file, ...(model && { model }) })}`;

/* The works */

/** Show the works from there on, once their small pictures are ready. */
async function listWorks(offset) {
  const search = (now.search = page.state.search);
  const words = new URLSearchParams({ offset, limit: LENGTH, ...(search && { search }) });
  for (let ready = false; !ready;) {
    const answer = await page.ask(`/works?${words}`);
    if (now.search !== search) return;
    ready = answer.ready;
    now.works = [...now.works.slice(0, offset), ...answer.works];
    now.next = answer.next;
    const kept = offset ? [...$("shelf").children].slice(0, offset) : [];
    $("shelf").replaceChildren(...kept, ...answer.works.map((work) => workTile(work, ready)));
    $("more-works").hidden = answer.next === null;
    $("shelved").textContent = answer.total
      ? `${plural(answer.total, "work")}${search ? ` found for “${search}”` : ""}.`
      : search ? "No work of that name. Fewer words find more." : "There is no collection beside this service; a picture of your own can be explained.";
    if (!ready) await wait(PACE * 2);
  }
}

const titleOf = (work) => work.title ?? work.file?.split("/").at(-1) ?? "A picture of your own";
const byline = (work) => [work.artist, work.painted ? "painted by the program" : work.date, work.class].filter(Boolean).join(" · ");

function workTile(work, ready) {
  const image = make("img", { alt: "", loading: "lazy", ...(ready && { src: page.address(work.picture) }) });
  const caption = make("span", { className: "caption" }, make("b", { textContent: titleOf(work) }), make("span", { textContent: byline(work) }));
  return make("li", {}, make("a", { href: linkTo(work), id: `work ${work.file}` }, image, caption));
}

/** Explain a picture that was dropped or chosen: its bytes decide, so the service judges them. */
function takeFile(file) {
  $("own").value = "";
  if (!file) return;
  if (file.size > LARGEST) return page.notify(`${file.name} has ${Math.ceil(file.size / 2 ** 20)} MB; at most ${LARGEST / 2 ** 20} MB can be explained.`);
  open({ blob: file, title: file.name }).catch(page.complain);
}

/* The sheet: one work, explained */

async function openWork(file, model) {
  if (now.subject?.file === file && $("why").open) return;
  const { works } = await page.ask(`/works?${new URLSearchParams({ file })}`);
  if (!works.length) return page.notify(`There is no work ${file} in this collection.`);
  await open(works[0], model);
}

/** Open the sheet on a subject: a work as the service lists it, or {blob, title}. */
async function open(subject, model) {
  if (now.subject?.address) URL.revokeObjectURL(now.subject.address);
  now.subject = subject;
  now.opener ??= document.activeElement;
  subject.address = subject.blob ? URL.createObjectURL(subject.blob) : null;
  $("why-title").textContent = titleOf(subject);
  $("why-work").textContent = subject.blob ? "Your picture. The service keeps nothing of it." : byline(subject);
  showPicture(subject).catch(page.complain);
  await fillNetworks(model);
  if (!$("why").open) $("why").showModal();
  $("why").scrollTop = 0;
  $("why-title").focus({ preventScroll: true });
  await explain();
}

/** The picture of the sheet; that of a work once its copy is ready. */
async function showPicture(subject) {
  const image = $("why-picture");
  image.removeAttribute("src");
  image.alt = [titleOf(subject), byline(subject)].filter(Boolean).join(", ");
  image.onerror = () => { $("why-note").textContent = "This browser cannot show the picture; the network may still read it."; };
  if (subject.blob) { image.src = subject.address; return; }
  for (let ready = false; !ready && now.subject === subject;) {
    ready = (await page.ask(`/works?${new URLSearchParams({ file: subject.file })}`)).ready;
    if (!ready) await wait(PACE);
  }
  if (now.subject === subject) image.src = page.address(subject.picture);
}

/** Offer the networks that name classes, and those that score by attributes. */
async function fillNetworks(model) {
  const { networks } = await page.ask("/semantic-networks");
  const names = [...page.state.models.keys()];
  const offered = [
    ["names what it sees", names.map((name) => [`class ${name}`, page.modelName(name)])],
    ["scores by attributes", networks.map(({ name }) => [`score ${name}`, name])],
  ];
  const chosen = model ? `class ${model}` : $("by").value || `class ${names[0]}`;
  const groups = networks.length ? offered : [["", offered[0][1]]];
  page.fillSelect($("by"), groups, chosen);
  if (!$("by").value) $("by").selectedIndex = 0;
  $("by").closest(".field").hidden = names.length + networks.length < 2;
}

function closed() {
  now.asked++;
  const { subject, opener } = now;
  Object.assign(now, { subject: null, heat: null, cells: null, opener: null });
  if (subject?.address) URL.revokeObjectURL(subject.address);
  $("why-answer").replaceChildren();
  if (new URLSearchParams(location.hash.replace(/^#\/?/, "")).has("work")) history.pushState(null, "", page.link(null));
  (opener?.isConnected ? opener : subject?.file && $(`work ${subject.file}`))?.focus?.();
}

/** Put a question to the service and wait for the answer; null when it is no longer wanted. */
async function answerTo(path, words, kind, blob, told = () => {}) {
  const asked = now.asked;
  let inquiry = await page.ask(`${path}?${new URLSearchParams(words)}`, blob, blob === undefined ? "GET" : "POST");
  while (["waiting", "working"].includes(inquiry.state)) {
    if (asked !== now.asked) return null;
    told(inquiry);
    await wait(PACE);
    inquiry = await page.ask(`/inquiries/${inquiry.id}`);
  }
  if (asked !== now.asked) return null;
  if (inquiry.state === "failed") throw new page.Refused(inquiry.error);
  return inquiry[kind];
}

const about = (subject) => (subject.blob ? {} : { work: subject.file });

function tell({ state, position, note }) {
  const waits = state === "waiting" && position ? `Waits for ${plural(position, "question")} before it.` : "The network looks at the picture. The first time takes some seconds more.";
  $("why-note").textContent = note ? `${note}.` : waits;
}

/** Ask the chosen network, and show what it answers. */
async function explain() {
  now.asked++;
  const { subject } = now, asked = now.asked;
  const [, kind, name] = $("by").value.match(/^(class|score) (.*)$/s) ?? [];
  Object.assign(now, { heat: null, cells: null });
  drawHeat();
  $("why-answer").replaceChildren();
  $("why").ariaBusy = "true";
  tell({});
  try {
    const isClass = kind === "class";
    const words = { ...about(subject), [isClass ? "model" : "network"]: name };
    const answer = await answerTo(isClass ? "/explanations" : "/attributes", words, isClass ? "explanation" : "attributes", subject.blob ?? null, tell);
    if (!answer) return;
    $("why-note").textContent = "";
    (isClass ? showExplanation : showAttributes)(answer);
  } catch (error) {
    if (asked !== now.asked) return;
    $("why-note").textContent = error instanceof page.Refused ? sentence(error.message) : "";
    if (!(error instanceof page.Refused)) page.complain(error);
  } finally {
    if (asked === now.asked) $("why").ariaBusy = "false";
  }
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;
/** A share in words: never quite certain, never quite nothing. */
function percent(share) {
  if (share > 0.9995) return "over 99.9 %";
  if (share < 0.0005) return "under 0.1 %";
  return `${(100 * share).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`;
}

const number = (value) => `${value < 0 ? "−" : ""}${+Math.abs(value).toPrecision(3)}`;
const words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** The verdict, its features, and the switches. */
function showExplanation(answer) {
  const { supports } = answer;
  const silent = new Map();  // layer:number -> what is left out
  const because = supports.length
    ? `It goes by ${words[supports.length]} ${supports.length === 1 ? "feature" : "features"}: neurons whose answer speaks for this class. What one adds is how strong it answers here (its response) times how much the class listens to it (its weight); the strongest come first.`
    : "No features of this class are known.";
  const table = make("table", {});
  const verdict = make("output", { id: "verdict" });
  const list = make("ol", { className: "features", role: "list" }, ...supports.map((support) => featureItem(answer, support, silent, () => change())));
  $("why-answer").replaceChildren(
    make("p", { className: "lead" }, "The network says ", make("b", { textContent: answer.class_name }), `, ${percent(answer.probability)}.`),
    make("section", { ariaLabel: "The verdict" }, table, verdict),
    make("section", {}, make("h3", { textContent: "Because of these features" }), make("p", { textContent: because }), wholeHeat(answer), list),
    make("p", { className: "quiet", textContent: sentence(answer.basis) }),
  );
  fillTable(table, answer.chances);
  showHeat(answer.heat, "the verdict as a whole");
  let latest = 0;
  async function change() {
    const mine = ++latest;
    if (!silent.size) { verdict.textContent = ""; return fillTable(table, answer.chances); }
    const names = [...silent.values()].join(", ");
    verdict.textContent = `Asking again without ${names} …`;
    try {
      const asked = { ...about(now.subject), model: answer.model, silent: [...silent.keys()].join() };
      const without = await answerTo("/explanations", asked, "explanation", now.subject.blob ?? null);
      if (!without || mine !== latest) return;
      const own = without.chances.find(({ name }) => name === answer.class_name)?.probability ?? 0;
      const changed = without.class_name !== answer.class_name ? ` It now says ${without.class_name}, ${percent(without.probability)}.` : "";
      verdict.textContent = `Without ${names}: ${answer.class_name} ${percent(own)} instead of ${percent(answer.probability)}.${changed}`;
      fillTable(table, answer.chances, without.chances);
    } catch (error) { if (mine === latest) { verdict.textContent = ""; page.complain(error); } }
  }
}

/** Each class and how probable it is, beside what it becomes. */
function fillTable(table, before, after) {
  const of = (chances, name) => chances.find((each) => each.name === name)?.probability;
  const cell = (share) => make("td", {}, make("span", { textContent: share === undefined ? "less" : percent(share) }), make("i", { style: `width:${100 * (share ?? 0)}%` }));
  const names = [...new Set([...before, ...(after ?? [])].map(({ name }) => name))].slice(0, 6);
  const head = ["class", "as it is", ...(after ? ["without"] : [])].map((text) => make("th", { scope: "col", textContent: text }));
  table.replaceChildren(
    make("caption", { className: "away-from-sight", textContent: "How probable each class is" }),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...names.map((name) => make("tr", {}, make("th", { scope: "row", textContent: name }), cell(of(before, name)), ...(after ? [cell(of(after, name))] : [])))));
}

function radio(label, hidden, onchange, checked = false) {
  const input = make("input", { type: "radio", name: "shown-heat", checked });
  input.addEventListener("change", onchange);
  return make("label", { className: "check" }, input, make("span", {}, label, make("span", { className: "away-from-sight", textContent: hidden })));
}

const wholeHeat = (answer) => radio("Show what speaks for the class as a whole", "", () => showHeat(answer.heat, "the verdict as a whole"), true);

const nameOf = ({ layer, neuron }) => `${layer}, neuron ${neuron}`;

/** A feature: its image, how much it counts, its heat, its switch, and what is known of it. */
function featureItem(answer, support, silent, change) {
  const place = { model: answer.model, layer: support.layer, neuron: support.neuron };
  const name = nameOf(place), key = `${place.layer}:${place.neuron}`;
  const without = make("input", { type: "checkbox" });
  without.addEventListener("change", () => {
    if (without.checked) silent.set(key, name); else silent.delete(key);
    change();
  });
  const most = make("details", {}, make("summary", {}, "Its average and its works", make("span", { className: "away-from-sight", textContent: `: ${name}` })));
  most.addEventListener("toggle", () => { if (most.open && !most.dataset.asked) { most.dataset.asked = ""; fillAccount(most, place, true); } });
  const look = make("div", { className: "look" });
  fillLook(look, place);
  const share = support.contribution / answer.supports[0].contribution;
  return make("li", {}, look, make("div", {},
    make("h4", { textContent: name }),
    make("p", { className: "quiet", textContent: `Adds ${number(support.contribution)}: weight ${number(support.weight)} × response ${number(support.response)}.` }),
    make("i", { className: "bar-of", style: `width:${100 * share}%`, ariaHidden: "true" }),
    radio("Show where it is", ` (${name})`, () => showHeat(support.heat, name)),
    make("label", { className: "check" }, without, make("span", {}, "Without this feature", make("span", { className: "away-from-sight", textContent: `, ${name}` })))),
  most);
}

/** The image of a neuron where there is one, or an offer to draw it. */
function fillLook(look, place) {
  const there = [...page.state.items.values()].filter((item) => ["model", "layer", "neuron"].every((name) => item[name] === place[name]));
  const item = there.filter((each) => each.state === "done").sort((a, b) => b.size - a.size)[0] ?? there.find(page.unfinished);
  if (item) return look.replaceChildren(page.paint(page.clone("tile"), item, [`${item.size} px`]));
  const draw = make("button", { type: "button", className: "missing", textContent: "Draw it", ariaLabel: `Draw what ${nameOf(place)} looks for` });
  draw.addEventListener("click", async () => {
    await page.submit({ ...place, octave: 4, preset: page.presetName(), seed: 0 });
    fillLook(look, place);
    look.querySelector("a, button")?.focus();
  });
  look.replaceChildren(draw);
}

/* A neuron's account */

/** Tell of a neuron: its classes, its average, its place in the catalogue; with its works, where wanted. */
async function fillAccount(box, place, withWorks) {
  box.querySelector(".account")?.remove();
  const said = make("div", { className: "account" }, make("p", { className: "quiet", role: "status", textContent: "It is being put together …" }));
  box.append(said);
  try {
    const path = `/neurons/${page.part(place.layer)}/${place.neuron}`;
    const told = ({ note }) => { if (note) said.firstChild.textContent = `${note}.`; };
    const account = await answerTo(path, { model: place.model }, "account", undefined, told);
    if (!account || !said.isConnected) return;
    said.replaceChildren(...accountParts(account));
    if (withWorks) await addWorks(said, place);
  } catch (error) {
    if (error instanceof page.Refused) said.firstChild.textContent = sentence(error.message); else page.complain(error);
  }
}

function accountParts({ classes, average, averaged, distribution, groups, layer, neuron }) {
  const spoken = classes.map(({ name, weight, rank, features }) => make("li", { textContent:
    rank ? `It speaks for ${name}: weight ${number(weight)}, number ${rank} of ${plural(features, "feature")}.` : `It speaks against ${name}: weight ${number(weight)}.` }));
  const picture = make("img", { alt: `The average of what excites ${layer}, neuron ${neuron}`, src: page.address(average) });
  return [
    spoken.length ? make("ul", {}, ...spoken) : make("p", { textContent: "It speaks for no class: other neurons are enough to tell what the network says." }),
    make("figure", {}, picture, make("figcaption", { className: "quiet", textContent: `The average of the parts of ${plural(averaged, "work")} that excite it most, laid over each other.` })),
    make("p", {}, make("b", { textContent: "In the catalogue: " }), sentence(distribution)),
    ...(groups.length ? [make("details", {}, make("summary", { textContent: `All ${plural(groups.length, "group")} of the catalogue` }), make("ul", {}, ...groups.map(({ says }) => make("li", { textContent: sentence(says) }))))] : []),
  ];
}

async function addWorks(box, place) {
  const list = make("ol", { className: "works" });
  box.append(make("h5", { textContent: "The works that excite it most" }), list);
  for (let ready = false; !ready && list.isConnected;) {
    const answer = await page.works(place);
    ({ ready } = answer);
    list.replaceChildren(...answer.works.slice(0, NINE).map((work) => page.workCard(work, ready)));
    if (!ready) await wait(PACE * 2);
  }
}

/** The part of a neuron's own sheet that tells what it counts for; asked for when it is opened. */
function account(box, place) {
  const details = make("details", {}, make("summary", { textContent: "What it counts for: classes, average, catalogue" }));
  details.addEventListener("toggle", () => {
    if (!details.open || details.dataset.asked) return;
    details.dataset.asked = "";
    now.asked++;
    fillAccount(details, place, false);
  });
  box.replaceChildren(details);
}

/* Heat over the work */

/** Lay heat over the picture; the caption says whose. */
async function showHeat(drawn, whose) {
  const image = drawn && Object.assign(new Image(), { src: drawn });
  await image?.decode();
  Object.assign(now, { heat: image, cells: null });
  $("heat-of").textContent = image ? `Bright where ${whose === "the verdict as a whole" ? "the picture speaks for the class" : `${whose} is excited`}.` : "";
  $("legend").hidden = !image;
  drawHeat();
}

/** Draw what is chosen over the picture, as strong as the slider says. */
function drawHeat() {
  const canvas = $("heat"), strength = Number($("strength").value);
  const isOn = Boolean(now.heat || now.cells);
  $("strength").closest(".field").hidden = !isOn;
  $("why-picture").style.filter = now.heat ? `grayscale(${strength}) brightness(${1 - 0.45 * strength})` : "";
  canvas.hidden = !isOn;
  if (now.heat) heat.paintHeat(canvas, now.heat, strength);
  if (now.cells) heat.paintCells(canvas, now.cells, strength);
}

/* Attribute maps */

/** A semantic network's score: eight maps, each with its switch. */
function showAttributes(answer) {
  const { maps, score, score_name: scored, margin } = answer;
  const off = new Set();
  const largest = Math.max(...maps.map(({ counts }) => Math.abs(counts)), 1e-9);
  const peak = Math.max(...maps.flatMap(({ cells }) => cells.flat().map(Math.abs)), 1e-9);
  const verdict = make("output", { id: "verdict" });
  const change = () => {
    const left = score - [...off].reduce((sum, map) => sum + map.counts, 0);
    const names = [...off].map(({ name }) => name).join(", ");
    verdict.textContent = off.size ? `Without ${names}: ${number(left)} instead of ${number(score)}.` : "";
  };
  $("why-answer").replaceChildren(
    make("p", { className: "lead" }, `${scored[0].toUpperCase()}${scored.slice(1)}: `, make("b", { textContent: number(score) }), "."),
    make("p", { textContent: `It starts at ${number(answer.bias)}; these attributes add or take away, and all others together ${answer.others < 0 ? "take away" : "add"} ${number(Math.abs(answer.others))}. The sum is the score: the explanation is the computation.` }),
    verdict,
    make("h3", { textContent: "Where each attribute is, and what it counts" }),
    make("ol", { className: "features maps", role: "list" }, ...maps.map((map, i) => mapItem(map, { largest, peak, margin }, i === 0, () => {
      if (off.has(map)) off.delete(map); else off.add(map);
      change();
    }))));
  showCells(maps[0], peak, margin);
}

function mapItem(map, { largest, peak, margin }, isFirst, toggle) {
  const raises = map.counts >= 0, small = make("canvas", { ariaHidden: "true" });
  const look = make("div", { className: "look map" }, make("img", { src: $("why-picture").src || now.subject.address || page.address(now.subject.picture), alt: "" }), small);
  look.style.outline = `${(1 + 6 * Math.abs(map.counts) / largest).toFixed(1)}px solid rgb(${raises ? heat.RAISES : heat.LOWERS})`;
  heat.paintCells(small, { map, peak, margin }, 1);
  const switched = make("input", { type: "checkbox" });
  switched.addEventListener("change", toggle);
  return make("li", {}, look, make("div", {},
    make("h4", { textContent: map.name }),
    make("p", { textContent: `${raises ? "Raises" : "Lowers"} the score by ${number(Math.abs(map.counts))}.` }),
    make("p", { className: "quiet", textContent: `There with ${percent(map.presence)}.` }),
    radio("Show where it counts", ` (${map.name})`, () => showCells(map, peak, margin), isFirst),
    make("label", { className: "check" }, switched, make("span", {}, "Without it", make("span", { className: "away-from-sight", textContent: `, ${map.name}` })))));
}

function showCells(map, peak, margin) {
  Object.assign(now, { heat: null, cells: { map, peak, margin } });
  $("heat-of").textContent = `${map.name}: orange where it raises the score, blue where it lowers it.`;
  $("legend").hidden = true;
  drawHeat();
}

const VIEW = `
  <p class="lead">Why does the network say what it says? Choose a work, or bring a picture of your own.</p>
  <label id="drop" class="missing"><span>Drop a picture here, or choose one from your disk.</span>
    <input id="own" type="file" accept="image/*">
    <small>At most 20 MB. It goes to the service that shows this page, which looks at it and keeps nothing of it.</small></label>
  <p role="status" class="notice"></p>
  <output id="shelved" class="quiet"></output>
  <ul id="shelf" role="list" aria-label="Works"></ul>
  <button id="more-works" type="button" hidden>Show more works</button>`;

const SHEET = `
<dialog id="why" aria-labelledby="why-title">
  <div class="bar"><span></span><button id="why-close" type="button">Close</button></div>
  <div class="sheet">
    <figure id="why-large">
      <div class="under"><img id="why-picture" alt=""><canvas id="heat" hidden></canvas></div>
      <div class="field" hidden><label for="strength">Strength of the heat</label><input id="strength" type="range" min="0" max="1" step="0.05" value="0.8"></div>
      <figcaption class="quiet"><span id="legend" hidden>little <i></i> much</span> <span id="heat-of" role="status"></span></figcaption>
    </figure>
    <div class="about">
      <div><h2 id="why-title" tabindex="-1"></h2><p id="why-work" class="quiet"></p></div>
      <div class="field"><label for="by">Asked of the network</label><select id="by"></select></div>
      <p id="why-note" role="status"></p>
      <p role="status" class="notice quiet"></p>
      <div id="why-answer"></div>
    </div>
  </div>
</dialog>`;
