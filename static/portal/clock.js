/**
 * The session bar (S9): two minutes before the end it offers to stay, politely;
 * at thirty seconds it insists; at the end it says so.
 */

import { tell } from "./host.js";
import { announce } from "./page.js";
import * as session from "./session.js";
import { words } from "./words.js";

const SOON = 120;
const NOW = 30;
// The server's clock decides; ours never calls a session over before it does.
const GRACE = 2;

/** @typedef {"calm" | "asking" | "expiring" | "urgent" | "renewing" | "failed" | "ended"} Phase */

/** @type {Phase} */
let phase = "calm";
/** @type {(reason: string) => void} */
let whenEnded = () => {};

const bar = document.getElementById("session-bar");
const sentence = bar?.querySelector("[data-session-text]");
const button = bar?.querySelector("[data-session-renew]");

/** @param {Phase} next @param {string} [text] */
function show(next, text = "") {
  phase = next;
  if (!bar || !sentence) return;
  bar.hidden = !text;
  bar.dataset.state = next;
  sentence.textContent = text;
  if (button instanceof HTMLButtonElement) button.disabled = next === "renewing";
}

/** @param {number} seconds */
function clockFace(seconds) {
  const shown = Math.max(0, seconds);
  return `${Math.floor(shown / 60)}:${String(shown % 60).padStart(2, "0")}`;
}

/** @param {number} seconds */
function countdown(seconds) {
  return words("expiring", { time: clockFace(seconds) });
}

async function stay() {
  show("renewing", words("renewing"));
  const done = await session.renew();
  if (phase === "ended") return;
  show(done ? "calm" : "failed", done ? "" : words("renewFailed"));
  announce(words(done ? "renewed" : "renewFailed"), { urgent: !done });
}

/** The end is near: the host may have a ticket at hand; people are asked only if not. */
async function near() {
  const { cause, seconds } = session.left();
  phase = "asking";
  // Idle people are asked themselves: a host that answers by itself would keep
  // an empty chair signed in for ever.
  if (cause === "absolute" && (await session.renew())) {
    phase = "calm";
    return;
  }
  if (cause === "idle") tell("session-expiring", { seconds, cause });
  const text = countdown(session.left().seconds);
  show("expiring", text);
  announce(text);
}

/** Half a minute left: insist, and let the host try once more. @param {string} cause @param {number} seconds */
async function insist(cause, seconds) {
  phase = "urgent";
  announce(countdown(seconds), { urgent: true });
  if (cause === "idle") tell("session-expiring", { seconds, cause });
  else if (await session.renew()) show("calm");
}

function tick() {
  if (phase === "ended" || phase === "renewing") return;
  const { cause, seconds } = session.left();
  if (seconds <= -GRACE) {
    end(cause);
  } else if (seconds > SOON) {
    if (phase !== "calm" && phase !== "asking") show("calm");
  } else if (phase === "calm") {
    near();
  } else if (phase === "expiring" || phase === "urgent") {
    if (phase === "expiring" && seconds <= NOW) insist(cause, seconds);
    show(phase, countdown(seconds));
  }
}

/** The session is over, here and now. @param {string} reason */
export function end(reason) {
  show("ended");
  session.forget();
  tell("session-ended", { reason });
  whenEnded(reason);
}

/** The session goes on after all. */
export function again() {
  show("calm");
}

/** Begin. @param {(reason: string) => void} ended */
export function start(ended) {
  whenEnded = ended;
  if (!session.present()) return;
  button?.addEventListener("click", stay);
  setInterval(tick, 1000);
}
