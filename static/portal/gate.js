/**
 * The gates: what is shown instead of a screen, and the ways back in.
 *
 * A gate that the server sent first asks the host quietly; only when nobody answers
 * does it stand there. A session that ends in front of the reader keeps what was
 * typed, in memory, and gives it back when the same person returns.
 */

import * as clock from "./clock.js";
import { askTicket, embedded, reachable, tell } from "./host.js";
import * as later from "./later.js";
import { announce, prepare } from "./page.js";
import * as session from "./session.js";
import { words } from "./words.js";

const REASONS = { G1: "session_required", G2: "session_ended", G3: "ticket_invalid" };

/** @type {Node[]} */
let kept = [];

function main() {
  return /** @type {HTMLElement} */ (document.getElementById("main"));
}

/** @param {ParentNode} root @param {string} title @param {string} text */
function reword(root, title, text) {
  const heading = root.querySelector("h1");
  const sentence = root.querySelector("[data-gate-text]");
  if (heading) heading.textContent = title;
  if (sentence) sentence.textContent = text;
}

/** Where nobody can be asked there is no button for it. */
function offer() {
  const button = main().querySelector("[data-reconnect]");
  if (button instanceof HTMLElement) button.hidden = !reachable();
}

/** Nobody answered: say why, if the reason is in the browser's settings. */
function stand() {
  const gate = main().querySelector('[data-screen="G"]');
  if (!(gate instanceof HTMLElement)) return;
  gate.removeAttribute("aria-busy");
  if (embedded && !navigator.cookieEnabled && gate.dataset.state !== "G5") {
    gate.dataset.state = "G8";
    reword(gate, words("blockedTitle"), words("blocked"));
  }
  offer();
  gate.querySelector("h1")?.focus();
}

/** Reconnect from a gate: by the binder, then by the host. */
async function reconnect() {
  const gate = main().querySelector('[data-screen="G"]');
  gate?.setAttribute("aria-busy", "true");
  announce(words("reconnecting"));
  if (!kept.length) return ask(REASONS.G2);
  if (!(await session.recover())) return stand();
  main().replaceChildren(...kept);
  kept = [];
  clock.again();
  announce(words("reconnected"));
  main().focus();
}

/** Ask the host for a ticket and go in with it. @param {string} reason */
async function ask(reason) {
  const ticket = await askTicket(reason);
  if (ticket) session.enter(ticket);
  else stand();
}

/** The session ended under the reader's eyes. */
export function close() {
  later.parts?.secret.wipe();
  const template = document.getElementById("gate-ended");
  if (!(template instanceof HTMLTemplateElement)) return;
  kept = [...main().childNodes];
  main().replaceChildren(template.content.cloneNode(true));
  prepare(main());
  offer();
  main().querySelector("h1")?.focus();
  announce(words("ended"), { urgent: true });
}

/** Begin on a page that is a gate from the start. */
export function start() {
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-reconnect]"))
      reconnect();
    if (event.target instanceof Element && event.target.closest("[data-reload]"))
      location.reload();
  });
  const gate = document.querySelector('[data-screen="G"]');
  if (!(gate instanceof HTMLElement)) return;
  if (gate.dataset.state !== "G7") session.stripTicket();
  const reason = REASONS[/** @type {keyof typeof REASONS} */ (gate.dataset.state)];
  if (!reason) return;
  tell("session-ended", { reason });
  if (!reachable()) return stand();
  gate.setAttribute("aria-busy", "true");
  ask(reason);
}
