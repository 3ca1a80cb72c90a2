// --- the room: dark or light ------------------------------------------------------------------------------

const ROOM = "image-machines-room";  // as on the other pages: one choice for all
const systemLight = matchMedia("(prefers-color-scheme: light)");

function chosenRoom() {
  try { return localStorage.getItem(ROOM) ?? ""; } catch { return state.room ?? ""; }
}

function showRoom() {
  const room = chosenRoom();
  if (room) document.documentElement.dataset.room = room; else delete document.documentElement.dataset.room;
  $("light").ariaPressed = String(room ? room === "light" : systemLight.matches);
  const probe = document.createElement("i");
  document.body.append(probe);
  for (const name of ["frame", "line", "text", "room", "veil"]) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  draw();
}

$("light").addEventListener("click", () => {
  const light = $("light").ariaPressed !== "true", room = light === systemLight.matches ? "" : light ? "light" : "dark";
  state.room = room;
  try { localStorage.setItem(ROOM, room); } catch { /* it lasts as long as the page */ }
  showRoom();
});
systemLight.addEventListener("change", showRoom);
addEventListener("storage", showRoom);  // another page's choice
