/* One work, or a picture of one's own, explained: the sheet, and the questions to the service.

   No picture of one's own leaves this window but to the service, which keeps none. */

import { address, ask, Refused } from "./api.js";
import { showAttributes } from "./attributes.js";
import { $, notify } from "./dom.js";
import { fillSelect } from "./form.js";
import { drawHeat } from "./heat.js";
import { english, say } from "./language.js";
import { link } from "./route.js";
import { clearSeen, showSeen } from "./seeing.js";
import { byline, nameOfWork } from "./shelf.js";
import { state } from "./state.js";
import { complain } from "./trouble.js";
import { sentence, showExplanation } from "./verdict.js";
import { modelName } from "./words.js";

export const SOON = 250;  // milliseconds between two questions about an answer
export const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

export const sheet = { works: [], next: null, search: null, subject: null, asked: 0, opener: null, heat: null, cells: null };

export async function openWork(file, model) {
  if (sheet.subject?.file === file && $("why").open) return;
  const { works } = await ask(`/works?${new URLSearchParams({ file })}`);
  if (!works.length) return notify(say("why.noWork", { file }));
  await open(works[0], model);
}

/** Open the sheet on a subject: a work as the service lists it, or {blob, title}. */
export async function open(subject, model) {
  if (sheet.subject?.address) URL.revokeObjectURL(sheet.subject.address);
  sheet.subject = subject;
  sheet.opener ??= document.activeElement;
  subject.address = subject.blob ? URL.createObjectURL(subject.blob) : null;
  $("why-title").textContent = nameOfWork(subject);
  $("why-work").textContent = subject.blob ? say("why.ownPicture") : byline(subject);
  showLarge(subject).catch(complain);
  await fillNetworks(model);
  if (!$("why").open) $("why").showModal();
  $("why").scrollTop = 0;
  $("why-title").focus({ preventScroll: true });
  await explain();
}

/** The picture of the sheet; that of a work once its copy is ready. */
async function showLarge(subject) {
  const image = $("why-picture");
  image.removeAttribute("src");
  image.alt = [nameOfWork(subject), byline(subject)].filter(Boolean).join(", ");
  image.onerror = () => { $("why-note").textContent = say("why.notShown"); };
  if (subject.blob) { image.src = subject.address; return; }
  for (let ready = false; !ready && sheet.subject === subject;) {
    ready = (await ask(`/works?${new URLSearchParams({ file: subject.file })}`)).ready;
    if (!ready) await wait(SOON);
  }
  if (sheet.subject === subject) image.src = address(subject.picture);
}

/** Offer the networks that name classes, and those that score by attributes. */
async function fillNetworks(model) {
  const { networks } = await ask("/semantic-networks");
  const names = [...state.models.keys()];
  const offered = [
    [say("why.namers"), names.map((name) => [`class ${name}`, modelName(name)])],
    [say("why.scorers"), networks.map(({ name }) => [`score ${name}`, name])],
  ];
  const chosen = model ? `class ${model}` : $("by").value || `class ${names[0]}`;
  const groups = networks.length ? offered : [["", offered[0][1]]];
  fillSelect($("by"), groups, chosen);
  if (!$("by").value) $("by").selectedIndex = 0;
  $("by").closest(".field").hidden = names.length + networks.length < 2;
}

export function closed() {
  sheet.asked++;
  const { subject, opener } = sheet;
  Object.assign(sheet, { subject: null, heat: null, cells: null, opener: null });
  if (subject?.address) URL.revokeObjectURL(subject.address);
  $("why-answer").replaceChildren();
  if (new URLSearchParams(location.hash.replace(/^#\/?/, "")).has("work")) history.pushState(null, "", link(null));
  (opener?.isConnected ? opener : subject?.file && $(`work ${subject.file}`))?.focus?.();
}

/** Whether the sheet still asks what it asks now. */
function whileSheetAsks() {
  const { asked } = sheet;
  return () => asked === sheet.asked;
}

/** Put a question to the service and wait for the answer, and for pictures that it names; null when it is no longer wanted. */
export async function answerTo(path, words, kind, blob, told = () => {}, isWanted = whileSheetAsks()) {
  let inquiry = await ask(`${path}?${new URLSearchParams(words)}`, blob, blob === undefined ? "GET" : "POST");
  while (["waiting", "working"].includes(inquiry.state) || inquiry[kind]?.ready === false) {
    if (!isWanted()) return null;
    told(inquiry);
    await wait(SOON);
    inquiry = await ask(`/inquiries/${inquiry.id}`);
  }
  if (!isWanted()) return null;
  if (inquiry.state === "failed") throw new Refused(inquiry.error);
  return inquiry[kind];
}

export const subjectOf = (subject) => (subject.blob ? {} : { work: subject.file });

function tell({ state, position, note }) {
  const waits = state === "waiting" && position ? say("why.waits", { count: position }) : say("why.looking");
  $("why-note").replaceChildren(note ? english(`${note}.`) : waits);
}

/** Ask the chosen network, and show what it answers. */
export async function explain() {
  sheet.asked++;
  const { subject } = sheet, asked = sheet.asked;
  const [, kind, name] = $("by").value.match(/^(class|score) (.*)$/s) ?? [];
  Object.assign(sheet, { heat: null, cells: null });
  drawHeat();
  $("why-answer").replaceChildren();
  $("why").ariaBusy = "true";
  tell({});
  clearSeen(subject);
  const isClass = kind === "class", model = isClass ? name : undefined;
  const seen = subject.blob ? Promise.resolve(false) : showSeen(subject, model);  // a picture of one's own is first explained
  try {
    const words = { ...subjectOf(subject), [isClass ? "model" : "network"]: name };
    const answer = await answerTo(isClass ? "/explanations" : "/attributes", words, isClass ? "explanation" : "attributes", subject.blob ?? null, tell);
    if (!answer) return;
    $("why-note").textContent = "";
    (isClass ? showExplanation : showAttributes)(answer);
    seen.then((isTold) => isTold || sheet.subject !== subject || showSeen(subject, model));
  } catch (error) {
    if (asked !== sheet.asked) return;
    $("why-note").replaceChildren(error instanceof Refused ? english(sentence(error.message)) : "");
    if (!(error instanceof Refused)) complain(error);
  } finally {
    if (asked === sheet.asked) $("why").ariaBusy = "false";
  }
}
