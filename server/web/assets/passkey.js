// Passkeys: asks the browser to make a key, or to sign with one, and sends what it says back.

const isPossible =
  window.PublicKeyCredential?.parseRequestOptionsFromJSON !== undefined && window.isSecureContext;

async function ask(path, csrf, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-postino-csrf": csrf },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message ?? "Non riuscito.");
  return told;
}

const acts = {
  async aggiungi({ csrf }) {
    const field = document.querySelector("input[name=parola-passkey]");
    const options = await ask("/profilo/passkey/inizio", csrf, { password: field?.value ?? "" });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const made = await navigator.credentials.create({ publicKey });
    await ask("/profilo/passkey/fine", csrf, { response: made.toJSON() });
    location.assign("/profilo?fatto=passkey");
  },
  async entra({ csrf, poi }) {
    const options = await ask("/accesso/passkey/inizio", csrf, {});
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const signed = await navigator.credentials.get({ publicKey });
    const shared = document.querySelector("input[name=condiviso]")?.checked ?? true;
    const { to } = await ask("/accesso/passkey/fine", csrf, {
      response: signed.toJSON(),
      shared,
      after: poi ?? "/",
    });
    location.assign(to);
  },
};

for (const part of document.querySelectorAll("[data-passkey]")) {
  if (!isPossible) break;
  const button = part.querySelector("button");
  const line = part.querySelector("[role=status]");
  part.hidden = false;
  button.addEventListener("click", () => void act(part, button, line));
}

async function act(part, button, line) {
  button.disabled = true;
  line.textContent = "";
  try {
    await acts[part.dataset.passkey](part.dataset);
  } catch (error) {
    const isLeft = error.name === "NotAllowedError" || error.name === "AbortError";
    line.textContent = isLeft ? "Annullato." : error.message;
    button.disabled = false;
  }
}
