/** The sheet of a verbale checks what is typed: the same form is sent as its button «Controlla» would, and only what it says is put in. */
const form = document.querySelector("form[data-scheda]");
let timer = null;
let asked = 0;

async function check() {
  asked += 1;
  const mine = asked;
  const body = new URLSearchParams(new FormData(form));
  body.set("azione", "controlla");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    if (answer.ok && mine === asked)
      put(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The server is away: the button says so when it is pressed.
  }
}

/** Faults beside their fields; what somebody is typing stays as it is. */
function put(fresh) {
  for (const part of document.querySelectorAll("[data-fault]")) {
    const next = fresh.querySelector(`[data-fault="${part.dataset.fault}"]`);
    if (next !== null && part.innerHTML !== next.innerHTML) part.innerHTML = next.innerHTML;
  }
  for (const field of form.querySelectorAll("[aria-describedby]")) {
    const next = fresh.getElementById(field.id);
    const isInvalid = next?.getAttribute("aria-invalid");
    if (isInvalid === "true") field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

if (form !== null) {
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void check(), 500);
  });
  // A place that is suggested is put into its three fields.
  form.addEventListener("click", (event) => {
    const place = event.target.closest("button[name=luogo-suggerito]");
    if (place === null) return;
    event.preventDefault();
    const [cap, comune, provincia] = place.value.split("|");
    const address = "destinatario.indirizzo";
    form.elements[`${address}.cap`].value = cap;
    form.elements[`${address}.comune`].value = comune;
    form.elements[`${address}.provincia`].value = provincia;
    void check();
  });
}
