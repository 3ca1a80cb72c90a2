/* How the page begins. */

import { Absent, imagesOnDisk } from "./api.js";
import { again, cancel, cancelAll, forget, renderForm, submit } from "./asking.js";
import { showCard } from "./card.js";
import { showCitation } from "./citation.js";
import { routeComparison } from "./compare.js";
import { origin, query, served, token } from "./config.js";
import { lostItems } from "./counts.js";
import { $ } from "./dom.js";
import { listenToExperiment } from "./experiment.js";
import { copyLink, exportTable, mark, note, takeFolder } from "./exports.js";
import { chooseLayer, chooseModel, choosePreset, estimateSoon, formLayer } from "./form.js";
import { leaveSearch, moveInWall, pressed, search } from "./keys.js";
import { offerLanguages, say, sayMarkup } from "./language.js";
import { openerInLayer } from "./layer.js";
import { readQueue } from "./memory.js";
import { load, wake, watch } from "./news.js";
import { listenToNotes } from "./notes.js";
import { listenToOpening } from "./opening.js";
import { changeRoom, preparePaper, showRoom, systemLight } from "./paper.js";
import { arrange, draw, openerOf, soon } from "./room.js";
import { link, route } from "./route.js";
import { listenToWorks } from "./shelf.js";
import { about, find, learn, recall, state } from "./state.js";
import { largerThan } from "./strips.js";
import { saveTalk } from "./talk.js";
import { explainMarkup, listenToTerms } from "./terms.js";
import { listenToTray } from "./tray.js";
import { complain, tellAway } from "./trouble.js";

sayMarkup();
explainMarkup();
listenToTerms();
listenToOpening();
offerLanguages($("language"));
$("form").addEventListener("submit", renderForm);
$("form").addEventListener("input", estimateSoon);
$("neuron").addEventListener("input", () => { state.typed = true; });
$("model").addEventListener("change", () => chooseModel($("model").value).catch(complain));
$("layer").addEventListener("change", chooseLayer);
$("preset").addEventListener("change", choosePreset);
$("any").addEventListener("click", () => { $("neuron").value = Math.floor(Math.random() * formLayer().width); estimateSoon(); });
$("search").addEventListener("input", search);
$("search").addEventListener("keydown", leaveSearch);
$("order").addEventListener("change", arrange);
$("tile-size").addEventListener("input", arrange);
$("light").addEventListener("click", changeRoom);
systemLight.addEventListener("change", showRoom);
$("wall").addEventListener("keydown", moveInWall);
document.addEventListener("click", (event) => {
  const button = event.target.closest(".cancel");
  if (button) cancel(button.closest(".tile").dataset.id);
  const more = event.target.closest(".again");
  if (more) again([state.items.get(more.closest(".tile").dataset.id)]);
});
$("cancel-all").addEventListener("click", cancelAll);
$("again-all").addEventListener("click", () => again(lostItems()));
$("forget").addEventListener("click", forget);
document.addEventListener("keydown", pressed);
$("close").addEventListener("click", () => $("viewer").close());
$("viewer").addEventListener("close", () => {
  if ($("viewer").open) return;  // it was closed to be opened in another way
  document.title = "Images of Image Machines";
  const opener = openerInLayer(state.place);
  if (state.place) { state.place = null; history.pushState(null, "", link(null)); draw(); }
  tellAway();
  routeComparison(new URLSearchParams(location.hash.slice(1)));
  (opener ?? openerOf(state.current))?.focus();
});
$("render").addEventListener("click", () => submit(about(find(state.place) ?? state.place)));
$("larger").addEventListener("click", async () => {
  const [item] = await submit(largerThan(find(state.place)));
  if (item) location.hash = link(item);
});
$("cancel").addEventListener("click", () => cancel(find(state.place).id));
$("favourite").addEventListener("click", mark);
$("note").addEventListener("input", note);
$("copy").addEventListener("click", copyLink);
$("card").addEventListener("toggle", showCard);
$("cite").addEventListener("toggle", showCitation);
$("csv").addEventListener("click", exportTable);
$("talk").addEventListener("click", () => saveTalk("Images of Image Machines", state.list).catch(complain));
document.addEventListener("change", (event) => { if (event.target.webkitdirectory) takeFolder(event); });
$("try").addEventListener("click", () => wake());
document.addEventListener("visibilitychange", () => wake());
addEventListener("hashchange", route);
addEventListener("scroll", soon, { passive: true });
addEventListener("storage", () => { state.kept = recall(); showRoom(); arrange(); });
addEventListener("beforeprint", () => preparePaper(true));
addEventListener("afterprint", () => preparePaper(false));
new ResizeObserver(arrange).observe(document.querySelector("main"));
new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--head", `${target.offsetHeight}px`)).observe(document.querySelector(".top"));

/** Without a service there is no form: its first words stand over the images. */
function sayWithoutService() {
  $("lead").firstElementChild.textContent = say("page.lead");
  document.querySelector("main").prepend($("lead"));
}

/** Begin: with the service when there is one, else with the images on disk. */
async function begin() {
  const wide = matchMedia("(min-width: 56rem)");
  $("panel").open = wide.matches;
  wide.addEventListener("change", () => { $("panel").open = wide.matches; arrange(); });
  $("tile-size").value = wide.matches ? 12 : 9.5;
  showRoom();
  state.queue = readQueue();
  state.loading = true;
  if (served && query.has("token") && !token) history.replaceState(null, "", location.pathname + location.hash);
  route();
  try {
    if (!origin) throw new Absent();
    await load();
  } catch (error) {
    if (!(error instanceof Absent)) complain(error);
    (await imagesOnDisk()).forEach(learn);
    state.loading = false;
    route();
    if (error instanceof Absent) return sayWithoutService();
  }
  watch();
}

listenToExperiment();
listenToNotes();
listenToTray();
listenToWorks();
begin();
