/**
 * What makes a server-rendered page pleasant: focus, titles, announcements, times.
 * It holds no data.
 */

import { words } from "./words.js";

const language = document.documentElement.lang || "en";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/**
 * Say something to people who do not see the page.
 * @param {string} text
 * @param {{ urgent?: boolean }} [how]
 */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "live-assertive" : "live-polite");
  if (!region) return;
  // Emptied first, so that the same sentence twice is heard twice.
  region.textContent = "";
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}

/** Buttons that need this script are off in the HTML; here they come on. @param {ParentNode} root */
function enable(root) {
  for (const control of root.querySelectorAll("[data-needs-script]")) {
    control.removeAttribute("disabled");
    control.removeAttribute("data-needs-script");
  }
}

/** @param {Date} moment */
function absolute(moment) {
  return new Intl.DateTimeFormat(language, {
    dateStyle: "long",
    timeStyle: "short",
  }).format(moment);
}

/** @param {Date} moment */
function relative(moment) {
  const ahead = (moment.getTime() - Date.now()) / 1000;
  // A day that began a few seconds ago is still a day, not 23 hours.
  const seconds = ahead > 0 ? ahead + 59 : ahead;
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size)
      return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** @type {Record<string, (moment: Date) => string>} */
const STYLES = {
  relative,
  until: relative,
  date: (moment) =>
    new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(moment),
  datetime: (moment) =>
    new Intl.DateTimeFormat(language, {
      dateStyle: "medium",
      timeStyle: "short",
    }).format(moment),
};

/** Write every time in the viewer's zone and language. @param {ParentNode} root */
export function localise(root) {
  for (const element of root.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.getAttribute("datetime") ?? "");
    const style = STYLES[element.getAttribute("data-time") ?? ""];
    if (!style || Number.isNaN(moment.getTime())) continue;
    element.textContent = style(moment);
    element.setAttribute("title", `${absolute(moment)} (${zone})`);
  }
}

/** Announce what the new region wants said. @param {ParentNode} root */
function speak(root) {
  const urgent = root.querySelector('[data-announce="assertive"]');
  const element = urgent ?? root.querySelector("[data-announce]");
  const text = element?.textContent?.trim();
  if (text) announce(text, { urgent: Boolean(urgent) });
}

/** Move the focus to where the reader should go on. @param {ParentNode} root */
function focus(root) {
  const place =
    root.querySelector("[data-error-summary]") ??
    root.querySelector("[autofocus]") ??
    root.querySelector("h1");
  if (!(place instanceof HTMLElement)) return;
  if (!place.matches("a[href], button, input, select, textarea, summary, [tabindex]")) {
    place.tabIndex = -1;
  }
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

/**
 * What had the focus went with its region, and htmx found none of its name in the new
 * one: the reader goes on at the other end of the paging, or at the region itself.
 * @param {HTMLElement} region
 */
export function keepPlace(region) {
  if (document.activeElement !== document.body) return;
  const place = region.querySelector('[rel="prev"], [rel="next"]') ?? region;
  if (!(place instanceof HTMLElement)) return;
  if (place === region) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

/** Prepare a region that has just arrived. @param {ParentNode} root */
export function prepare(root) {
  enable(root);
  localise(root);
}

/**
 * Settle a new screen: title, focus, announcement.
 * @param {HTMLElement} root
 * @param {{ whole: boolean }} how
 */
export function settle(root, { whole }) {
  prepare(root);
  speak(root);
  if (!whole) return;
  const title = root.querySelector("[data-title]")?.getAttribute("data-title");
  const product = document.title.split(" · ").at(-1);
  if (title) document.title = `${title} · ${product}`;
  focus(root);
}

/**
 * Show one sentence of trouble, with a way out, and put the focus there.
 * @param {string} text
 * @param {(() => void) | null} [retry]
 * @param {string} [label] what the way out is called
 */
export function problem(text, retry = null, label = words("tryAgain")) {
  const box = document.getElementById("problem");
  const sentence = document.getElementById("problem-text");
  const button = box?.querySelector("[data-problem-retry]");
  if (!box || !sentence || !(button instanceof HTMLButtonElement)) return;
  sentence.textContent = text;
  button.hidden = !retry;
  button.textContent = label;
  button.onclick = () => {
    calm();
    retry?.();
  };
  box.hidden = false;
  announce(text, { urgent: true });
  box.focus();
}

/** Take the trouble away again. */
export function calm() {
  const box = document.getElementById("problem");
  if (box) box.hidden = true;
}

/** Relative times grow old: refresh them each minute while somebody looks. */
function keepTime() {
  setInterval(() => {
    if (document.visibilityState === "visible") localise(document);
  }, 60_000);
}

/** Show that the network is gone, and that it is back. */
function watchNetwork() {
  const bar = document.getElementById("offline-bar");
  const show = () => {
    if (bar) bar.hidden = navigator.onLine;
    announce(words(navigator.onLine ? "online" : "offline"), {
      urgent: !navigator.onLine,
    });
  };
  window.addEventListener("offline", show);
  window.addEventListener("online", show);
}

/** Begin. */
export function start() {
  keepTime();
  watchNetwork();
  // A page that comes back from the back/forward cache is old news: fetch it anew.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
