/** Keeps a page fresh: when a run moves, the parts marked data-live are read again; used by every page, needed by none. */
const LEAST_MS = 700;
const OTHERS_MS = 5000;
const POLL_MS = 15_000;

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

/** Asks for a refresh, `pause` after the last one at the soonest; many requests within a moment become one. */
function plan(pause) {
  if (timer !== null || document.hidden) return;
  const wait = Math.max(0, lastRefresh + pause - Date.now());
  timer = setTimeout(() => {
    timer = null;
    void refresh();
  }, wait);
}

async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  try {
    const answer = await fetch(page, { cache: "no-store" });
    if (answer.ok) replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The server is away: the event stream says so and comes back by itself.
  } finally {
    lastRefresh = Date.now();
    refreshing = false;
    if (again) {
      again = false;
      plan(LEAST_MS);
    }
  }
}

/** Puts in the new parts. A part with data-version (a form somebody may be filling in) stays until its version changes. */
function replaceParts(fresh) {
  let isMoved = false;
  for (const part of document.querySelectorAll('[data-live]:not([data-live="notice"])'))
    if (replacePart(part, fresh)) isMoved = true;
  // What a command brought is said until something moves.
  const said = document.querySelector('[data-live="notice"]');
  if (said !== null && isMoved) replacePart(said, fresh);
  countdown();
}

/** Tells whether there was anything new. */
function replacePart(part, fresh) {
  const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
  if (next === null || isSame(part, next)) return false;
  const focus = focusIn(part);
  const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  part.replaceWith(document.adoptNode(next));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focus !== null) next.querySelector(focus)?.focus({ preventScroll: true });
  return true;
}

function isSame(part, next) {
  if (part.dataset.version !== undefined && part.dataset.version === next.dataset.version)
    return true;
  return part.innerHTML === next.innerHTML;
}

function focusIn(part) {
  const active = document.activeElement;
  if (active === null || !part.contains(active)) return null;
  if (active.id !== "") return `#${CSS.escape(active.id)}`;
  const href = active.getAttribute("href");
  return href === null ? null : `[href="${CSS.escape(href)}"]`;
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
    plan(run === undefined || event.data === run ? LEAST_MS : OTHERS_MS);
  });
  source.addEventListener("error", () => setConnected(false));
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
  for (const part of document.querySelectorAll("form.newrun [data-pipelines]"))
    part.hidden = !part.dataset.pipelines.split(" ").includes(chosen.value);
}
if (chosen !== null) {
  chosen.addEventListener("change", showParams);
  window.addEventListener("pageshow", showParams);
  showParams();
}

if (document.querySelector("[data-live]") !== null) {
  connect();
  setInterval(() => plan(LEAST_MS), POLL_MS);
}
setInterval(countdown, 10_000);
countdown();
