/**
 * The one-time secret (S4): shown once, copied honestly, not lost by accident, and
 * gone afterwards.
 *
 * While the page shows it, it is in the document and, when hidden, in this module's
 * memory; never in storage, an address, an attribute, a message or a title.
 */

import { tell } from "./host.js";
import { announce, problem } from "./page.js";
import { words } from "./words.js";

const HIDE_AFTER = 5 * 60_000;
const SAY_FOR = 3_000;
const DOTS = "•".repeat(20);

/** What each element really holds, while it shows dots. @type {Map<Element, string>} */
const hidden = new Map();
let secret = "";
let idleTimer = 0;
let sayTimer = 0;
let busy = false;

function root() {
  return document.querySelector("[data-secret]");
}

/** @param {Element} element */
function read(element) {
  const kept = hidden.get(element);
  if (kept !== undefined) return kept;
  const shown =
    element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement
      ? element.value
      : (element.textContent ?? "");
  // An element around hidden ones: what it stands for, not the dots.
  return hidden.size ? shown.replaceAll(DOTS, secret) : shown;
}

/** @param {Element} element @param {string} text */
function write(element, text) {
  if (element instanceof HTMLTextAreaElement) {
    // Both, or the markup would keep what the field no longer shows.
    element.defaultValue = text;
    element.value = text;
  } else if (element instanceof HTMLInputElement) {
    element.value = text;
    element.removeAttribute("value");
  } else {
    element.textContent = text;
  }
}

function holders() {
  return root()?.querySelectorAll("[data-secret-value], [data-secret-copy]") ?? [];
}

/** @param {boolean} cover */
function setHidden(cover) {
  const toggle = root()?.querySelector("[data-secret-toggle]");
  for (const element of holders()) {
    if (cover && !hidden.has(element)) {
      const whole = read(element);
      hidden.set(element, whole);
      write(element, whole.replaceAll(secret, DOTS));
    } else if (!cover && hidden.has(element)) {
      write(element, hidden.get(element) ?? "");
      hidden.delete(element);
    }
  }
  if (!(toggle instanceof HTMLElement)) return;
  toggle.setAttribute("aria-pressed", String(cover));
  const label = toggle.querySelector("[data-label]") ?? toggle;
  label.textContent = (cover ? toggle.dataset.show : toggle.dataset.hide) ?? "";
}

/** Remove every trace from the document and from memory. */
export function wipe() {
  for (const element of holders()) write(element, "");
  hidden.clear();
  secret = "";
  setBusy(false);
  clearTimeout(idleTimer);
}

/** Is there a secret that nobody has confirmed to have stored? */
export function unconfirmed() {
  return Boolean(root() && secret);
}

/** @param {boolean} next */
function setBusy(next) {
  if (busy === next) return;
  busy = next;
  tell("busy", { busy });
}

function restartIdle() {
  clearTimeout(idleTimer);
  if (!secret) return;
  idleTimer = setTimeout(() => {
    setHidden(true);
    say(words("hiddenIdle"));
  }, HIDE_AFTER);
}

/** Say something about copying, in its own status line. @param {string} text @param {number} [forMs] */
function say(text, forMs = 0) {
  const status = root()?.querySelector("[data-copy-status]");
  if (!status) {
    announce(text);
    return;
  }
  clearTimeout(sayTimer);
  status.textContent = text;
  if (forMs) {
    sayTimer = setTimeout(() => {
      status.textContent = "";
    }, forMs);
  }
}

/** Is the modern clipboard open to this frame? Asking first saves the click's permission. */
function clipboardAllowed() {
  const policy = /** @type {any} */ (document).featurePolicy;
  return (
    Boolean(navigator.clipboard) && policy?.allowsFeature?.("clipboard-write") !== false
  );
}

/** The old way, which frames without permission still have. @param {string} text */
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "visually-hidden";
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}

/** Select the text where it stands, for the reader's own key press. @param {Element} element */
function select(element) {
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement) {
    element.focus();
    element.select();
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/** Three rungs: clipboard, selection, the reader's own hands. @param {HTMLElement} button */
async function copy(button) {
  const target = document.querySelector(button.dataset.copy ?? "");
  if (!target) return;
  const masked = button.hasAttribute("data-copy-mask");
  const text = masked
    ? read(target).replaceAll(secret, words("placeholder"))
    : read(target);
  let done = false;
  if (clipboardAllowed()) {
    done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  done ||= copyBySelection(text);
  const outcome = done ? "copied" : "copyfail";
  root()?.setAttribute("data-state-copy", outcome);
  button.dataset.copied = String(done);
  if (done) {
    say(words("copied"), SAY_FOR);
    setTimeout(() => delete button.dataset.copied, SAY_FOR);
    return;
  }
  setHidden(false);
  select(target);
  const keys = navigator.platform.startsWith("Mac") ? "⌘+C" : "Ctrl+C";
  const sentence = words("copyFailed", { keys });
  // A key's own page has no line for it; what failed is never only heard.
  if (root()) say(sentence);
  else problem(sentence);
}

/** @param {HTMLElement} button */
function download(button) {
  const source = document.querySelector(button.dataset.downloadFrom ?? "");
  if (!source) return;
  const name = button.dataset.download ?? "key.env";
  const address = URL.createObjectURL(
    new Blob([`${read(source).trim()}\n`], { type: "text/plain" }),
  );
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  say(words("downloaded", { name }), SAY_FOR);
}

/** @param {MouseEvent} event */
function onClick(event) {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest(
    "[data-copy], [data-download], [data-secret-toggle]",
  );
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.copy) copy(button);
  else if (button.dataset.download) download(button);
  else setHidden(button.getAttribute("aria-pressed") !== "true");
}

/** The tick that says "stored" lets go of the page. @param {Event} event */
function onChange(event) {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || !box.matches("[data-acknowledge]")) return;
  const done = document.querySelector("[data-done]");
  if (done instanceof HTMLButtonElement) done.disabled = !box.checked;
}

/** Take over a secret that has just been swapped in, if there is one. */
export function prepare() {
  const value = root()?.querySelector("[data-secret-value]");
  if (!value) return;
  secret = read(value).trim();
  setBusy(Boolean(secret));
  restartIdle();
}

/** Begin. */
export function start() {
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  for (const type of ["pointerdown", "keydown"])
    document.addEventListener(type, restartIdle);
  document.addEventListener("focusin", (event) => {
    const field = event.target;
    if (field instanceof HTMLTextAreaElement && field.matches("[data-secret-value]"))
      field.select();
  });
  window.addEventListener("pagehide", wipe);
  window.addEventListener("beforeunload", (event) => {
    if (unconfirmed()) event.preventDefault();
  });
  prepare();
}
