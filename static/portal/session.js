/**
 * The session of this document: its token, its clock, and how it is renewed.
 *
 * The token lives in this module's memory and nowhere else; a reload gets another
 * one. No cookie authorises anything: the binder only lets the same browser resume.
 */

import { askTicket, tell } from "./host.js";
import { fact } from "./words.js";

/** @typedef {{ token?: string, locator?: string, home?: string, seconds_left: number, idle_seconds: number }} Facts */

const PATIENCE = 10_000;
const LOCATOR = /\/s\/[0-9a-f-]{36}(?=\/|\?|$)/;

const entry = fact("entry")?.content ?? "";
let locator = fact("session")?.content ?? "";
let token = take();
let absoluteEnd = 0;
let idleEnd = 0;
/** @type {Promise<boolean> | null} */
let recovering = null;

/** Read the token into memory and remove it from the document. */
function take() {
  const meta = fact("token");
  meta?.remove();
  return meta?.content ?? "";
}

/** The address of this session's pages. */
function base() {
  return `${entry}/s/${locator}`;
}

/**
 * Is this document still at the address of the ticket? It may have been called there
 * through its deployment's own address, which ends alike.
 */
function atEntry() {
  return Boolean(entry) && location.pathname.endsWith(entry);
}

/** Has this document a session at all? */
export function present() {
  return Boolean(locator && token);
}

/** The token for a request to our own origin. */
export function credential() {
  return token;
}

/**
 * Point an address of an earlier session at the present one.
 * @param {string} path
 */
export function current(path) {
  return locator ? path.replace(LOCATOR, `/s/${locator}`) : path;
}

/**
 * Set the clock by what an answer says: seconds until the end, and without a sign of
 * life. Answers that are no sign of life say nothing.
 * @param {string | null} said
 */
export function hearClock(said) {
  if (!said) return;
  const [absolute, idle] = said.split(" ").map(Number);
  absoluteEnd = Date.now() + absolute * 1000;
  idleEnd = Date.now() + idle * 1000;
}

/** Seconds until the session ends, and which limit it is. */
export function left() {
  const cause = idleEnd < absoluteEnd ? "idle" : "absolute";
  return {
    cause,
    seconds: Math.ceil((Math.min(idleEnd, absoluteEnd) - Date.now()) / 1000),
  };
}

/** @param {Facts} facts */
function learn(facts) {
  if (facts.token) token = facts.token;
  if (facts.locator && facts.locator !== locator) {
    locator = facts.locator;
    history.replaceState(
      history.state,
      "",
      current(location.pathname + location.search),
    );
  }
  hearClock(`${facts.seconds_left} ${facts.idle_seconds}`);
}

/**
 * Post to our own server and read its JSON; null when there was no answer.
 * @param {string} path
 * @param {{ headers?: Record<string, string>, body?: BodyInit }} [request]
 * @returns {Promise<{ status: number, facts: any } | null>}
 */
async function post(path, { headers = {}, body } = {}) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Portal-Resume": "1", ...headers },
      body,
      signal: AbortSignal.timeout(PATIENCE),
    });
    return { status: answer.status, facts: await answer.json().catch(() => ({})) };
  } catch {
    return null;
  }
}

/** Same browser, same session: the binder gets this document a new token. */
async function resume() {
  if (!locator) return false;
  const answer = await post(`${base()}/resume`);
  if (answer?.status !== 200) return false;
  learn(answer.facts);
  return true;
}

/**
 * Leave this document for a fresh one made by the ticket.
 * @param {string} ticket
 */
export function enter(ticket) {
  location.replace(`${entry}?ticket=${encodeURIComponent(ticket)}`);
}

/**
 * Extend the live session by a ticket of the same person.
 * @param {string} ticket
 * @returns {Promise<"extended" | "other" | "gone">}
 */
async function extend(ticket) {
  if (!token) return "gone";
  const answer = await post(`${base()}/renew`, {
    headers: { "Content-Type": "application/json", "X-Portal-Session": token },
    body: JSON.stringify({ ticket }),
  });
  if (answer?.status === 200) {
    learn(answer.facts);
    return "extended";
  }
  return answer?.status === 403 ? "other" : "gone";
}

/**
 * Open a new session by the ticket without leaving the document, so that typed
 * text stays; the server refuses when it is for somebody else.
 * @param {string} ticket
 * @returns {Promise<"extended" | "other" | "gone">}
 */
async function reopen(ticket) {
  const answer = await post(entry, {
    body: new URLSearchParams({ ticket, previous: locator }),
  });
  if (answer?.status === 200) {
    learn(answer.facts);
    return "extended";
  }
  return answer?.status === 403 ? "other" : "gone";
}

/**
 * Use a fresh ticket: keep the document if it is for the same person.
 * @param {string} ticket
 */
export async function adopt(ticket) {
  let outcome = await extend(ticket);
  if (outcome === "gone") outcome = await reopen(ticket);
  if (outcome === "other") {
    enter(ticket);
    return new Promise(() => {});
  }
  const done = outcome === "extended";
  tell(
    done ? "session-renewed" : "renew-failed",
    done ? {} : { code: "ticket_invalid" },
  );
  return done;
}

/** Ask the host for a ticket and use it. @param {string} reason @param {string} [type] */
async function reticket(reason, type) {
  const ticket = await askTicket(reason, type);
  return ticket ? adopt(ticket) : false;
}

/**
 * Get back in after a 401: by the binder, then by the host. One attempt at a time,
 * shared by everybody who waits for it.
 */
export function recover() {
  recovering ??= (async () =>
    (await resume()) || (await reticket("session_required")))().finally(() => {
    recovering = null;
  });
  return recovering;
}

/** Stay: a sign of life if idleness is the limit, a ticket if age is. */
export async function renew() {
  if (left().cause === "idle" && token) {
    await live();
    if (left().seconds > 120) return true;
  }
  return reticket("session_expiring", "session-expiring");
}

/**
 * Show that this document lives: the first time, the server learns which cookie this
 * browser keeps, so that a reload finds its way back.
 */
export async function live() {
  if (!present()) return;
  const answer = await post(`${base()}/renew`, {
    headers: { "X-Portal-Session": token },
  });
  if (answer?.status === 200) learn(answer.facts);
}

/** Forget everything: the session is over. */
export function forget() {
  token = "";
}

/** A ticket that is of no more use leaves the address bar. */
export function stripTicket() {
  if (atEntry()) history.replaceState(null, "", entry);
}

/** htmx notes the address it began at, with its ticket, though it keeps no history. */
function forgetFirstAddress() {
  try {
    sessionStorage.removeItem("htmx-current-path-for-history");
  } catch {
    // Where there is no storage there is no note.
  }
}

/** Begin: take over the address, so that it holds no ticket, and start the clock. */
export function start() {
  forgetFirstAddress();
  const meta = fact("session");
  if (!meta) return;
  if (atEntry()) history.replaceState(null, "", fact("home")?.content);
  learn({
    seconds_left: Number(meta.dataset.secondsLeft),
    idle_seconds: Number(meta.dataset.idleSeconds),
  });
}
