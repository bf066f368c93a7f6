/** Keeps a page fresh: when a run moves, the parts marked data-live are read again; used by every page, needed by none. */
const LEAST_MS = 700;
/** Between two readings of a run that keeps moving. */
const BUSY_MS = 2500;
/** The line for those who do not see is written at most so often. */
const TELL_MS = 10_000;
const OTHERS_MS = 5000;
const POLL_MS = 15_000;
const RECONNECT_MS = 5000;

const run = document.querySelector("[data-run]")?.dataset.run;
// After a refused form the address is the form's own; data-page names the page that is shown.
const page =
  document.querySelector("[data-page]")?.dataset.page ?? location.pathname + location.search;
let source = null;
let timer = null;
// The page itself is the first reading.
let lastRefresh = Date.now();
let refreshing = false;
let again = false;
let busySince = Number.NEGATIVE_INFINITY;
/** What the parts on the page were made as. */
let version = null;

/** Asks for a refresh, `pause` after the last one at the soonest; many requests within a moment become one. */
function plan(pause) {
  if (timer !== null || document.hidden) return;
  const wait = Math.max(0, lastRefresh + pause - Date.now());
  timer = setTimeout(() => {
    timer = null;
    void refresh();
  }, wait);
}

/** The first news of a run that was quiet come at once, those of a busy one together. */
function choosePause() {
  const isBusy = Date.now() - busySince < 2 * BUSY_MS;
  busySince = Date.now();
  return isBusy ? BUSY_MS : LEAST_MS;
}

async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  try {
    const headers = {
      "x-postino-parts": "1",
      ...(version !== null && { "if-none-match": version }),
    };
    const answer = await fetch(page, { cache: "no-store", headers });
    if (answer.ok) {
      updateParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
      version = answer.headers.get("etag");
    }
  } catch {
    // The server is away: the event stream says so and comes back by itself.
  } finally {
    lastRefresh = Date.now();
    refreshing = false;
    if (again) {
      again = false;
      plan(BUSY_MS);
    }
  }
}

/** Brings the parts up to date. A part with data-version (a form somebody may be filling in) stays until its version changes. */
function updateParts(fresh) {
  let isMoved = false;
  for (const part of document.querySelectorAll('[data-live]:not([data-live="notice"])'))
    if (updatePart(part, fresh)) isMoved = true;
  // What a command brought is said until something moves.
  const said = document.querySelector('[data-live="notice"]');
  if (said !== null && isMoved) updatePart(said, fresh);
  countdown();
  if (isMoved) planTelling();
}

/** Tells whether there was anything new. */
function updatePart(part, fresh) {
  const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
  if (next === null || isSame(part, next)) return false;
  morph(part, next);
  return true;
}

function isSame(part, next) {
  if (part.dataset.version !== undefined && part.dataset.version === next.dataset.version)
    return true;
  return part.innerHTML === next.innerHTML;
}

/** Makes `old` what `next` is, node by node, and leaves what a person did: focus, selected text, what was typed, ticked, chosen or opened. */
function morph(old, next) {
  Idiomorph.morph(old, next, { ignoreActiveValue: true, restoreFocus: true, callbacks: guard });
}

const guard = {
  beforeNodeMorphed: (old, next) =>
    !isEdited(old) &&
    (old.nodeType !== Node.TEXT_NODE || old.nodeValue === next.nodeValue || !isHeld(old)),
  beforeNodeRemoved: (node) => !isHeld(node),
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.nodeName === "DETAILS"),
};

/** A field that is no longer as the page was made. */
function isEdited(node) {
  if (node.nodeName === "TEXTAREA") return node.value !== node.defaultValue;
  if (node.nodeName === "SELECT")
    return (
      [...node.options].some((option) => option.selected !== option.defaultSelected) &&
      hasChoice(node)
    );
  if (node.nodeName !== "INPUT") return false;
  return node.value !== node.defaultValue || node.checked !== node.defaultChecked;
}

/** A list of which no entry was made the chosen one shows its first. */
function hasChoice(select) {
  const made = [...select.options].findIndex((option) => option.defaultSelected);
  return select.selectedIndex !== Math.max(0, made);
}

function isHeld(node) {
  const active = document.activeElement;
  if (active !== null && active !== document.body && node.contains(active)) return true;
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(node, true);
}

let telling = null;
let toldAt = Number.NEGATIVE_INFINITY;

/** Writes what moved into one line that is read out, at most every ten seconds. */
function planTelling() {
  const line = document.querySelector("[data-live-summary]");
  if (line === null || telling !== null || run === undefined) return;
  telling = setTimeout(
    () => {
      telling = null;
      toldAt = Date.now();
      const state = document.querySelector(".title .badge")?.textContent.trim() ?? "";
      const counts = document.querySelector(".counts .bar")?.getAttribute("aria-label") ?? "";
      line.textContent = counts === "" ? state : `${state}: ${counts}`;
    },
    Math.max(0, toldAt + TELL_MS - Date.now()),
  );
}

function remaining(minutes) {
  if (minutes <= 0) return "tempo scaduto";
  return minutes < 120 ? `mancano ${minutes} min` : `mancano ${Math.floor(minutes / 60)} ore`;
}

/** Writes how long is left beside a deadline. */
function countdown() {
  for (const time of document.querySelectorAll("time[data-countdown]")) {
    const minutes = Math.ceil((Date.parse(time.dateTime) - Date.now()) / 60_000);
    const text = remaining(minutes);
    if (time.textContent !== text) time.textContent = text;
  }
}

function setConnected(isConnected) {
  const notice = document.querySelector("[data-live-state]");
  if (notice !== null) notice.hidden = isConnected;
}

/** A browser allows few connections to one server: only a page that is looked at keeps one. */
function connect() {
  if (source !== null || document.hidden) return;
  source = new EventSource("/events");
  source.addEventListener("open", () => {
    setConnected(true);
    // What moved between the making of the page and now was told to nobody here.
    plan(LEAST_MS);
  });
  source.addEventListener("run", (event) => {
    const isOurs = run === undefined || event.data === run;
    plan(isOurs ? choosePause() : OTHERS_MS);
  });
  source.addEventListener("error", () => {
    setConnected(false);
    // A proxy that answers for a server which restarts ends the stream for good: the browser itself tries no more.
    if (source?.readyState !== EventSource.CLOSED) return;
    disconnect();
    setTimeout(connect, RECONNECT_MS);
  });
}

function disconnect() {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    disconnect();
    return;
  }
  connect();
  plan(LEAST_MS);
});
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  connect();
  plan(LEAST_MS);
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  const button = event.submitter;
  if (button !== null && button.dataset.busy !== undefined)
    button.textContent = button.dataset.busy;
});

// Of the new-run form only what the chosen pipeline asks for is shown.
const chosen = document.querySelector("form.newrun select[name=pipeline]");
function showParams() {
  const pair = `${chosen.form.elements.ente.value} ${chosen.value}`;
  let isFromRegister = false;
  for (const part of document.querySelectorAll("form.newrun [data-pair]")) {
    part.hidden = part.dataset.pair !== pair;
    isFromRegister ||= !part.hidden;
  }
  for (const part of document.querySelectorAll("form.newrun [data-pipelines]"))
    part.hidden =
      !part.dataset.pipelines.split(" ").includes(chosen.value) ||
      (isFromRegister && part.dataset.file !== undefined);
}
if (chosen !== null) {
  chosen.form.addEventListener("change", showParams);
  window.addEventListener("pageshow", showParams);
  showParams();
}

if (document.querySelector("[data-live]") !== null) {
  connect();
  setInterval(() => plan(LEAST_MS), POLL_MS);
}
setInterval(countdown, 10_000);
countdown();

// Ticked rows of other pages of the grid go along with those of this one.
const selection = document.querySelector("form[data-selection]");
if (selection !== null) followSelection(selection);

function followSelection(form) {
  const name = `scelti ${form.dataset.selection}`;
  const chosen = new Set(JSON.parse(sessionStorage.getItem(name) ?? "[]"));
  const tell = () => {
    const line = form.querySelector("[data-selected]");
    if (line !== null && chosen.size > 0)
      line.textContent = chosen.size === 1 ? "1 scelto" : `${chosen.size} scelti`;
    else if (line !== null) line.textContent = "";
  };
  for (const box of form.querySelectorAll("input[name=verbale]"))
    box.checked = chosen.has(box.value);
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "verbale") return;
    if (target.checked) chosen.add(target.value);
    else chosen.delete(target.value);
    if (chosen.size === 0) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify([...chosen]));
    tell();
  });
  form.addEventListener("formdata", ({ formData }) => {
    formData.delete("verbale");
    for (const key of chosen) formData.append("verbale", key);
  });
  form.addEventListener("submit", ({ submitter }) => {
    // What was exported can still be tried again.
    if (submitter?.formAction.endsWith("/esporta"))
      setTimeout(() => delete form.dataset.sent, 1000);
    else sessionStorage.removeItem(name);
  });
  tell();
}
