/**
 * Every htmx request of the page: its credential, its waiting, its failures, and the
 * address bar afterwards.
 */

import * as clock from "./clock.js";
import { tell } from "./host.js";
import * as later from "./later.js";
import { announce, calm, keepPlace, problem, settle } from "./page.js";
import * as session from "./session.js";
import { words } from "./words.js";

/** @typedef {{ elt: HTMLElement, verb: string, path: string, target: HTMLElement, headers: Record<string, string>, parameters: Record<string, unknown>, timeout: number, triggeringEvent?: SubmitEvent }} Config */
/** @typedef {CustomEvent<{ xhr: XMLHttpRequest, target: HTMLElement, requestConfig: Config, etc: Record<string, unknown> }>} Answer */

const htmx = /** @type {any} */ (window).htmx;
const STILL_WORKING = 10_000;
const WRITE_PATIENCE = 30_000;

/** @type {WeakMap<Element, { label: Node[], timer: number }>} */
const waiting = new WeakMap();
/** Requests that have been repeated once after a 401. @type {WeakSet<Element>} */
const repeated = new WeakSet();
/** A whole key in the search box: its last four letters find it as well. */
const PASTED_KEY = /_[0-9A-Za-z]{36}([0-9A-Za-z]{4})$/;
let popping = false;

/**
 * Another screen is asked for when what it needs is here: a secret is never on a page
 * that cannot guard it.
 * @param {CustomEvent<{ target: HTMLElement, issueRequest: (confirmed: boolean) => void }>} event
 */
function hold(event) {
  const { target, issueRequest } = event.detail;
  if (later.parts || target.id !== "main") return;
  event.preventDefault();
  /** @param {boolean} isSecond */
  const attempt = async (isSecond) => {
    target.setAttribute("aria-busy", "true");
    const trouble = await later.trouble();
    target.removeAttribute("aria-busy");
    if (!trouble) issueRequest(true);
    // Some browsers do not ask twice for a module on the same page.
    else if (isSecond && trouble === "unreachable") location.reload();
    else problem(words(trouble), () => attempt(true));
  };
  attempt(false);
}

/** Somebody points at another screen, or has come to its link by keyboard. @param {Event} event */
function foresee({ target }) {
  if (target instanceof Element && target.closest('[hx-target="#main"]'))
    later.come().catch(() => {});
}

/** @param {CustomEvent<Config>} event */
function configure(event) {
  const config = event.detail;
  config.path = session.current(config.path);
  if (new URL(config.path, location.href).origin !== location.origin) return;
  config.headers["X-Portal-Session"] = session.credential();
  // What is searched for ends up in addresses, where a secret must not be.
  const pasted = PASTED_KEY.exec(String(config.parameters?.q ?? "").trim());
  if (pasted) config.parameters.q = pasted[1];
  if (config.verb !== "get") config.timeout = WRITE_PATIENCE;
}

/** The button that was pressed, or the one its form has. @param {Config} config */
function buttonOf({ elt, triggeringEvent }) {
  if (elt instanceof HTMLButtonElement) return elt;
  const submitter = triggeringEvent?.submitter;
  return (
    submitter ??
    (elt instanceof HTMLFormElement ? elt.querySelector("[data-busy]") : null)
  );
}

/** @param {HTMLElement} button */
function label(button) {
  return button.querySelector("[data-label]") ?? button;
}

/** While a form is on its way its text stands still. @param {HTMLElement} form @param {boolean} still */
function freeze(form, still) {
  if (still) form.setAttribute("aria-busy", "true");
  else form.removeAttribute("aria-busy");
  const own = "input:not([readonly]), textarea:not([readonly]), [data-frozen]";
  for (const field of form.querySelectorAll(own)) {
    field.toggleAttribute("readonly", still);
    field.toggleAttribute("data-frozen", still);
  }
}

/** @param {Config} config */
function wait(config) {
  config.target?.setAttribute("aria-busy", "true");
  if (config.elt instanceof HTMLFormElement) freeze(config.elt, true);
  const button = buttonOf(config);
  if (!(button instanceof HTMLButtonElement) || waiting.has(button)) return;
  button.style.minWidth = `${button.offsetWidth}px`;
  const before = [...label(button).childNodes];
  const timer = setTimeout(() => {
    label(button).textContent = words("stillWorking");
    announce(words("stillWorking"));
  }, STILL_WORKING);
  waiting.set(button, { label: before, timer });
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  if (button.dataset.busy) label(button).textContent = button.dataset.busy;
}

/** @param {Config} config */
function rest(config) {
  config.target?.removeAttribute("aria-busy");
  if (config.elt instanceof HTMLFormElement) freeze(config.elt, false);
  const button = buttonOf(config);
  const state = button && waiting.get(button);
  if (!(button instanceof HTMLButtonElement) || !state) return;
  clearTimeout(state.timer);
  waiting.delete(button);
  label(button).replaceChildren(...state.label);
  button.disabled = false;
  button.removeAttribute("aria-busy");
}

/** Send the same request again, with what its form now holds. @param {Config} config */
function repeat(config) {
  const alive = config.elt.isConnected;
  return htmx.ajax(config.verb.toUpperCase(), session.current(config.path), {
    source: alive ? config.elt : document.body,
    target: config.target.isConnected ? config.target : "#main",
    swap: alive ? undefined : "innerHTML",
    event: config.triggeringEvent,
  });
}

/** A 401: get back in and repeat, once; else the session is over. @param {Config} config */
async function unauthorised(config) {
  if (repeated.has(config.elt)) {
    repeated.delete(config.elt);
    clock.end("session_ended");
    return;
  }
  announce(words("reconnecting"));
  if (await session.recover()) {
    clock.again();
    repeated.add(config.elt);
    repeat(config);
  } else {
    clock.end("session_ended");
  }
}

/** What the server said about a refusal, or our own words for it. @param {XMLHttpRequest} xhr */
function sentenceOf(xhr) {
  const names = {
    403: "forbidden",
    404: "notFound",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
  };
  const said = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const text = said.querySelector("[data-problem]")?.textContent?.trim();
  if (text) return text.replace(/\s+/g, " ");
  if (xhr.status === 429) {
    return words("rateLimited", {
      seconds: xhr.getResponseHeader("Retry-After") ?? 60,
    });
  }
  return words(names[/** @type {keyof typeof names} */ (xhr.status)] ?? "failed");
}

/** @param {Answer} event */
function refused({ detail: { xhr, requestConfig } }) {
  if (xhr.status === 401) {
    unauthorised(requestConfig);
    return;
  }
  if (xhr.status >= 500) unanswered(requestConfig, sentenceOf(xhr));
  else problem(sentenceOf(xhr));
}

/**
 * No answer, or none that says what was done. A form carries a token, so that sending
 * it once more finds out: it is carried out now, or was, and is not twice.
 * @param {Config} config @param {string} sentence
 */
function unanswered(config, sentence) {
  const isChange = config.verb !== "get";
  if (isChange) problem(words("uncertain"), () => repeat(config), words("check"));
  else problem(sentence, () => repeat(config));
}

/** Tell the host what happened to which key; never more than id and name. @param {Element} screen */
function report(screen) {
  const { event, keyId, keyName } = /** @type {HTMLElement} */ (screen).dataset;
  if (event) tell("event", { name: event, key_id: keyId, key_name: keyName });
}

/** @param {Element | null} screen */
function readdress(screen) {
  const url = screen?.getAttribute("data-url");
  const moved = url && session.current(url) !== location.pathname + location.search;
  if (moved && popping) history.replaceState(null, "", session.current(url));
  else if (moved) history.pushState(null, "", session.current(url));
  popping = false;
}

/** A screen or a page of a list stands there: its address comes with it. @param {Answer} event */
function placed({ detail: { target, xhr } }) {
  if (target.id === "main") readdress(target.querySelector("[data-screen]"));
  else if (target.closest("[data-replace-url]")) {
    history.replaceState(null, "", xhr.responseURL || location.href);
  }
}

/** A screen or a region has arrived and settled. @param {Answer} event */
function arrived({ target: fresh, detail: { target: asked, requestConfig } }) {
  // A region that was replaced as a whole is gone; the new one stands in its place.
  const target = asked.isConnected ? asked : /** @type {HTMLElement} */ (fresh);
  repeated.delete(requestConfig.elt);
  const whole = target.id === "main";
  const screen =
    target.querySelector("[data-screen]") ?? target.closest("[data-screen]");
  later.parts?.forms.prepare(target);
  if (whole) {
    later.parts?.secret.prepare();
    if (screen) tell("navigate", { screen: screen.getAttribute("data-screen") });
    tell("scroll-to", { top: 0 });
  }
  settle(target, { whole });
  if (!whole && !requestConfig.elt.isConnected) keepPlace(target);
  if (whole && screen) report(screen);
}

/** Show another screen. @param {string} path */
export function go(path) {
  return htmx.ajax("GET", path, { target: "#main", swap: "innerHTML" });
}

/** Back and Forward: we keep the history ourselves, so we fetch the screen. */
function onPop() {
  const path = location.pathname + location.search;
  const parts = later.parts;
  if (!parts?.secret.unconfirmed()) {
    popping = true;
    go(path);
    return;
  }
  const here = document.querySelector("[data-screen]")?.getAttribute("data-url");
  if (here) history.pushState(null, "", session.current(here));
  parts.leaving.guard(() => go(path));
}

/** The header's links are plain, outside htmx: names of people stand beside them. @param {MouseEvent} event */
function onClick(event) {
  const link =
    event.target instanceof Element ? event.target.closest("a[data-nav]") : null;
  if (!(link instanceof HTMLAnchorElement) || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  if (session.present()) go(link.pathname);
}

/** A form that is on its way is not sent twice. @param {SubmitEvent} event */
function onSubmit(event) {
  if (
    event.target instanceof Element &&
    event.target.getAttribute("aria-busy") === "true"
  ) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

/** Begin. */
export function start() {
  /** @param {string} name @param {(event: any) => void} hearer */
  const on = (name, hearer) => document.body.addEventListener(`htmx:${name}`, hearer);
  on("confirm", hold);
  on("configRequest", configure);
  on("beforeRequest", (/** @type {Answer} */ event) => {
    calm();
    wait(event.detail.requestConfig);
  });
  on("afterRequest", (/** @type {Answer} */ { detail }) => {
    rest(detail.requestConfig);
    session.hearClock(detail.xhr.getResponseHeader("X-Portal-Clock"));
  });
  on("beforeSwap", (/** @type {any} */ { detail }) => {
    // What is about to be replaced may hold a secret; its copies go first.
    if (detail.shouldSwap && detail.target.id === "main") later.parts?.secret.wipe();
  });
  on("responseError", refused);
  on("sendError", (/** @type {Answer} */ { detail }) => {
    // What never left is no riddle.
    if (!navigator.onLine)
      problem(words("offline"), () => repeat(detail.requestConfig));
    else unanswered(detail.requestConfig, words("unreachable"));
  });
  on("timeout", (/** @type {Answer} */ { detail }) => {
    unanswered(detail.requestConfig, words("timeout"));
  });
  on("afterSwap", placed);
  on("afterSettle", arrived);
  window.addEventListener("popstate", onPop);
  for (const type of ["pointerover", "focusin"])
    document.addEventListener(type, foresee);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit, true);
}
