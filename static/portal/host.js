/**
 * Talking with the page around this one.
 *
 * Messages are `{source: "keyplate", type, …}`. They leave only to exact origins,
 * never to "*", and never hold a secret or a session token. They are heard only
 * from `window.parent` and an allowed origin. The one credential that travels is a
 * ticket, host to portal: it is good once, for ten minutes at most, and the host
 * names our exact origin as its target, so nobody else can read it on the way.
 */

import { fact } from "./words.js";

/** @typedef {{ source: "keyplate", type: string, [name: string]: unknown }} Message */

const TICKET_PATIENCE = 10_000;

/** Is there a page around this one? */
export const embedded = window.parent !== window;

const allowed = (fact("origins")?.content ?? "").split(" ").filter(Boolean);

/** @type {Map<string, (message: Message) => void>} */
const hearers = new Map();

/** @type {((ticket: string | null) => void) | null} */
let awaiting = null;
let introduced = false;

/**
 * Tell whether an exact origin is on the list; `https://*.example.com` covers
 * names below, with the same scheme and port.
 * @param {string} origin
 */
function allows(origin) {
  return allowed.some((entry) => {
    const [scheme, host] = entry.split("://");
    if (!host?.startsWith("*.")) return entry === origin;
    return origin.startsWith(`${scheme}://`) && origin.endsWith(host.slice(1));
  });
}

/** The origin that frames us, where the browser tells. */
function parentOrigin() {
  const told = location.ancestorOrigins?.[0];
  if (told) return told;
  try {
    return document.referrer ? new URL(document.referrer).origin : null;
  } catch {
    return null;
  }
}

/** @returns {string[]} */
function targets() {
  if (!embedded) return [];
  const parent = parentOrigin();
  // After a navigation inside the frame the referrer is ourselves: no help then.
  if (parent && parent !== location.origin) return allows(parent) ? [parent] : [];
  return allowed.filter((entry) => !entry.includes("*"));
}

/** Is there somebody we may speak to? */
export function reachable() {
  return targets().length > 0;
}

/**
 * Send one message to the host.
 * @param {string} type
 * @param {Record<string, unknown>} [payload]
 */
export function tell(type, payload = {}) {
  for (const origin of targets()) {
    window.parent.postMessage({ ...payload, source: "keyplate", type }, origin);
  }
}

/**
 * Be called for one type of message.
 * @param {string} type
 * @param {(message: Message) => void} hearer
 */
export function hear(type, hearer) {
  hearers.set(type, hearer);
}

/**
 * Ask the host for a fresh ticket; null when it does not answer in time.
 * @param {string} reason
 * @param {string} [type]
 * @returns {Promise<string | null>}
 */
export function askTicket(reason, type = "ticket-required") {
  awaiting?.(null);
  if (!reachable()) return Promise.resolve(null);
  return new Promise((resolve) => {
    /** @param {string | null} ticket */
    const settle = (ticket) => {
      clearTimeout(timer);
      if (awaiting === settle) awaiting = null;
      resolve(ticket);
    };
    const timer = setTimeout(() => settle(null), TICKET_PATIENCE);
    awaiting = settle;
    tell(type, { reason });
  });
}

/** @param {MessageEvent} event */
function receive(event) {
  const message = event.data;
  if (event.source !== window.parent || !allows(event.origin)) return;
  if (typeof message !== "object" || message?.source !== "keyplate") return;
  if (message.type === "ticket") {
    // Only an answer: a ticket nobody asked for is not looked at.
    if (typeof message.ticket === "string") awaiting?.(message.ticket);
    return;
  }
  if (message.type === "init") {
    if (introduced) return;
    introduced = true;
  }
  hearers.get(message.type)?.(message);
}

/** Follow the host's wish for light or dark. @param {Message} message */
function follow(message) {
  const theme = message.theme;
  if (theme === "light" || theme === "dark" || theme === "auto") {
    document.documentElement.dataset.theme = theme;
  }
}

/** Keep the visible part of a tall frame in mind, for dialogs. @param {Message} message */
function look(message) {
  const top = Number(message.top);
  if (!Number.isFinite(top)) return;
  const inside = Math.max(0, Math.round(top));
  document.documentElement.style.setProperty("--viewport-top", `${inside}px`);
}

/** How tall the page wants to be, open dialogs counted. */
function height() {
  const bottoms = [document.body, ...document.querySelectorAll("dialog[open]")].map(
    (element) => element.getBoundingClientRect().bottom + window.scrollY,
  );
  return Math.ceil(Math.max(...bottoms));
}

/** Report the height, once a frame at most and only when it changed visibly. */
function reportHeight() {
  let last = 0;
  let planned = 0;
  const report = () => {
    planned = 0;
    const now = height();
    if (Math.abs(now - last) < 2) return;
    last = now;
    tell("height", { height: now });
  };
  const plan = () => {
    if (planned === 0) planned = requestAnimationFrame(report);
  };
  new ResizeObserver(plan).observe(document.body);
  document.addEventListener("toggle", plan, true);
  // A browser draws no frame below the fold, and neither observes sizes nor hands out
  // animation frames there; whoever scrolls down should find the frame as it will stay.
  report();
}

/** Begin: listen, say hello, report the height. */
export function start() {
  if (!embedded) return;
  window.addEventListener("message", receive);
  hear("theme", follow);
  hear("init", follow);
  hear("viewport", look);
  const screen = document.querySelector("[data-screen]");
  tell("hello", {
    version: 1,
    screen: screen?.getAttribute("data-screen"),
    state: screen?.getAttribute("data-state"),
  });
  reportHeight();
}
