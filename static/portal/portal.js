/**
 * The portal's script: what to start, in which order. Without it the pages are
 * readable; with it they work.
 */

import "./trust.js";
import * as clock from "./clock.js";
import * as gate from "./gate.js";
import * as host from "./host.js";
import * as later from "./later.js";
import * as page from "./page.js";
import * as requests from "./requests.js";
import * as session from "./session.js";

/** In this order: the address first, what needs an answer last. */
function start() {
  session.start();
  host.start();
  page.start();
  requests.start();
  clock.start(gate.close);
  gate.start();
  // htmx looks through the page when all of it is there, and heard of it before us.
  document.addEventListener("DOMContentLoaded", ready);
}

/** Said last: everything works now. Until then the page shows why it does not. */
async function ready() {
  if (later.awaited) await later.come();
  page.prepare(document);
  document.documentElement.dataset.script = "on";
  session.live();
}

// Without htmx no button would do anything: better they stay off, with the reason.
if ("htmx" in window) start();
