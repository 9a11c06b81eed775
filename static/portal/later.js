/**
 * What only later screens than the first need: help with forms, the one-time secret,
 * not losing it, and their styles. It comes once, with the first of those screens.
 *
 * No part may import what imports this module: files are named by what is in them, and
 * two that name each other could have no names.
 */

import { fact } from "./words.js";

const PATIENCE = 10_000;

/** @typedef {{ forms: typeof import("./forms.js"), leaving: typeof import("./leaving.js"), secret: typeof import("./secret.js") }} Parts */

/** What has come; nothing of it is there before. @type {Parts | null} */
export let parts = null;

/** @type {Promise<void> | null} */
let coming = null;

/** Has the page begun at a later screen? Then its styles came with it. */
export const awaited = !fact("later");

/** @returns {Promise<void>} */
function styles() {
  const meta = fact("later");
  if (!meta) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = meta.content;
  return new Promise((resolve, reject) => {
    link.onload = () => {
      meta.remove();
      resolve();
    };
    link.onerror = () => {
      link.remove();
      reject(new Error(meta.content));
    };
    document.head.append(link);
  });
}

async function fetchAll() {
  const [forms, leaving, secret] = await Promise.all([
    import("./forms.js"),
    import("./leaving.js"),
    import("./secret.js"),
    styles(),
  ]);
  parts = { forms, leaving, secret };
  for (const part of [forms, leaving, secret]) part.start();
}

/** Have everything come; rejects if it cannot, and may be asked again. */
export function come() {
  coming ??= fetchAll().catch((trouble) => {
    coming = null;
    throw trouble;
  });
  return coming;
}

/**
 * Wait for everything; tells by the name of a sentence why it is not here, "" if it is.
 * @returns {Promise<string>}
 */
export function trouble() {
  const told = come().then(
    () => "",
    () => (navigator.onLine ? "unreachable" : "offline"),
  );
  return Promise.race([
    told,
    new Promise((resolve) => setTimeout(resolve, PATIENCE, "timeout")),
  ]);
}
