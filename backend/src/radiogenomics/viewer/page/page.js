// Starts the page, one browser at a time, and turns keys into what its buttons do.
"use strict";

const KEY = window.location.pathname.split("/")[1];

function notice(title, text, button, action) {
  const box = document.createElement("div");
  box.className = "notice";
  const heading = document.createElement("h1");
  heading.textContent = title;
  const words = document.createElement("p");
  words.textContent = text;
  box.append(heading, words);
  if (button) {
    const press = document.createElement("button");
    press.type = "button";
    press.className = "primary";
    press.textContent = button;
    press.onclick = action;
    box.append(press);
  }
  document.getElementById("app").replaceChildren(box);
}

async function seat(method) {
  const answer = await fetch("seat", { method });
  return answer.json();
}

function load() {
  // The client reads these once and takes them out of the address again.
  const socket = `ws://${window.location.host}/${KEY}/ws`;
  const asked = `?secret=${KEY}&sessionURL=${encodeURIComponent(socket)}`;
  window.history.replaceState({}, "", window.location.pathname + asked);
  const script = document.createElement("script");
  script.type = "module";
  script.src = "client.js";
  document.head.append(script);
}

async function start() {
  const place = await seat("GET");
  if (!place.taken) {
    load();
    return;
  }
  const who = place.rater ? `${place.rater} is at work here` : "Somebody is at work here";
  notice(
    "Open in another browser",
    `${who}, in another window or browser. One rater at a time works in this study's viewer; ` +
      "start it again for another rater. You can go on here instead: nothing is lost.",
    "Work here instead",
    async () => {
      await seat("POST");
      load();
    },
  );
}

// Keys

const TOOLS = { p: "paint", e: "erase", d: "draw", t: "threshold", c: "scissors", i: "islands", m: "smoothing" };
const VIEWS = { 0: "", 1: "Red", 2: "Green", 3: "Yellow", 4: "ThreeD" };
const BRUSH_STEP = 1.25;
const WHEEL_STEP = 1.1;

function isTyping(target) {
  const typed = ["text", "search", "number", "email"];
  return (
    target.tagName === "TEXTAREA" ||
    target.tagName === "SELECT" ||
    (target.tagName === "INPUT" && typed.includes(target.type || "text"))
  );
}

function commandOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const state = window.trame.state;
  const dialog = ["help_open", "signing_in"].find((one) => state.get(one));
  if (dialog) {
    // What lies behind a dialog gets no keys.
    const closes = key === "Escape" || (dialog === "help_open" && (key === "?" || key === "h"));
    return closes ? ["set", dialog, false] : null;
  }
  if (event.ctrlKey || event.metaKey) {
    if (key === "z") return ["trigger", event.shiftKey ? "redo" : "undo"];
    if (key === "y") return ["trigger", "redo"];
    if (key === "s") return ["trigger", "save"];
    return null;
  }
  if (event.altKey) {
    if (key === "ArrowUp") return ["trigger", "step_case", -1];
    if (key === "ArrowDown") return ["trigger", "step_case", 1];
    return null;
  }
  if (key === "F6" || (key === "r" && !isTyping(event.target))) return ["trigger", "switch_roi"];
  if (isTyping(event.target)) return null;
  if (key in TOOLS) return ["trigger", "choose_tool", TOOLS[key]];
  if (key === "Escape" || key === "n") return ["trigger", "choose_tool", "none"];
  if (key === "[" || key === "-") return ["trigger", "scale_brush", 1 / BRUSH_STEP];
  if (key === "]" || key === "+") return ["trigger", "scale_brush", BRUSH_STEP];
  if (key in VIEWS) return ["trigger", "show_only", VIEWS[key]];
  if (key === "f") return ["trigger", "reset_views"];
  if (key === "w") return ["trigger", "adjust_contrast"];
  if (key === "g") return ["trigger", "toggle_segments"];
  if (key === "o") return ["trigger", "toggle_overlay"];
  if (key === "?" || key === "h") return ["set", "help_open", true];
  const view = event.target.closest("[data-view]");
  if (view && view.dataset.view !== "ThreeD") {
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5 };
    if (key in steps && event.target.type !== "range") return ["trigger", "step_slice", view.dataset.view, steps[key]];
  }
  return null;
}

function moveInList(event) {
  const item = event.target.closest("[data-item]");
  if (!item || !["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return false;
  const items = [...item.closest("[data-list]").querySelectorAll("[data-item]")];
  const index = items.indexOf(item);
  const last = items.length - 1;
  const next = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: last }[event.key];
  items[Math.min(Math.max(next, 0), last)].focus();
  return true;
}

document.addEventListener(
  "keydown",
  (event) => {
    if (!window.trame || !window.trame.state) return;
    const command = event.altKey || event.ctrlKey ? null : moveInList(event);
    const found = command ? null : commandOf(event);
    if (!command && !found) return;
    event.preventDefault();
    event.stopPropagation();
    if (!found) return;
    const [kind, name, ...values] = found;
    if (kind === "trigger") window.trame.trigger(name, values);
    else window.trame.state.set(name, values[0]);
  },
  true,
);

// Keys are the page's own. The views would hand them on to VTK, where some mean what nobody asked
// for here, and "q" ends the program.
function keepFromViews(event) {
  if (event.target.closest("[data-view]")) event.stopPropagation();
}
for (const kind of ["keydown", "keypress", "keyup"]) document.addEventListener(kind, keepFromViews, true);

// A browser may turn the wheel into a sideways one while Shift is held.
document.addEventListener(
  "wheel",
  (event) => {
    if (!event.shiftKey || !event.target.closest("[data-view]")) return;
    event.preventDefault();
    event.stopPropagation();
    const isUp = (event.deltaY || event.deltaX) < 0;
    window.trame.trigger("scale_brush", [isUp ? WHEEL_STEP : 1 / WHEEL_STEP]);
  },
  { capture: true, passive: false },
);

// A dialog that was just opened takes the keys.
window.focusOn = (selector) => setTimeout(() => document.querySelector(selector)?.focus(), 50);

// What the page may hold forbids scripts within it, so the button of the page's end is answered here.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-action=connect]")) window.location.reload();
});

// Files that the program hands over are saved by the browser where the user wants them.
window.saveFiles = async (files) => {
  for (const { name, type, content } of files || []) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    // One after the other: a browser drops a second one at the same moment.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
};

window.addEventListener("DOMContentLoaded", start);
