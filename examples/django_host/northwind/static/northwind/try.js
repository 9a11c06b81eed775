/* Calls our own API with the key somebody typed, and shows the answer as text. */

const MEANING = new Map([
  [200, "The key works."],
  [401, "This key is not accepted."],
  [403, "This key is known, and may not pass."],
  [429, "Too many requests."],
  [503, "No verdict, so the answer is no."],
]);
const LONGEST_WAIT = 10_000;

const form = document.querySelector("#try-form");
const field = document.querySelector("#try-key");
const button = form.querySelector("button");
const answer = document.querySelector("#try-answer");

/** Show one status, one sentence and the body; never as markup. */
function show(status, sentence, body) {
  const chip = document.querySelector("#try-status");
  chip.textContent = status;
  chip.dataset.kind = status === "200" ? "ok" : "no";
  document.querySelector("#try-sentence").textContent = sentence;
  document.querySelector("#try-body").textContent = body;
  answer.hidden = false;
}

async function call(key) {
  const response = await fetch(form.dataset.url, {
    headers: { Authorization: `Bearer ${key}` },
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(LONGEST_WAIT),
  });
  const body = JSON.stringify(await response.json(), null, 2);
  show(String(response.status), MEANING.get(response.status) ?? "", body);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    await call(field.value.trim());
  } catch {
    show("—", "The API did not answer. Check your connection and try again.", "");
  } finally {
    button.disabled = false;
  }
});

// A key must not wait in a page that the Back button can bring up again.
window.addEventListener("pagehide", () => {
  field.value = "";
});

button.disabled = false;
