/**
 * Not losing the secret by accident: links, Esc and Back ask first.
 */

import * as secret from "./secret.js";

/** @type {(() => void) | null} */
let onward = null;

const dialog = /** @type {HTMLDialogElement | null} */ (
  document.getElementById("leave-dialog")
);

/**
 * Go on if nothing would be lost; else ask, and go on only if told so.
 * @param {() => void} go
 */
export function guard(go) {
  if (!secret.unconfirmed() || !dialog) {
    go();
    return;
  }
  onward = go;
  if (!dialog.open) dialog.showModal();
  const stay = dialog.querySelector("[data-leave-stay]");
  if (stay instanceof HTMLElement) stay.focus();
}

/** @param {HTMLElement} element */
function leads(element) {
  if (element.closest("[data-secret] form")) return false;
  const link = element.closest("a[href], [hx-get], [data-nav]");
  if (!(link instanceof HTMLElement) || link.hasAttribute("download")) return false;
  const href = link.getAttribute("href") ?? "";
  return !href.startsWith("#") && link.getAttribute("target") !== "_blank";
}

/** Before anybody else hears of the click. @param {MouseEvent} event */
function onClick(event) {
  const element = event.target;
  if (!(element instanceof HTMLElement || element instanceof SVGElement)) return;
  if (!secret.unconfirmed() || !leads(/** @type {HTMLElement} */ (element))) return;
  event.preventDefault();
  event.stopPropagation();
  const link = /** @type {HTMLElement} */ (
    element.closest("a[href], [hx-get], [data-nav]")
  );
  guard(() => link.click());
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Escape" && secret.unconfirmed() && !dialog?.open) {
    event.preventDefault();
    guard(() =>
      document
        .querySelector("[data-nav]")
        ?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })),
    );
  }
}

/** Begin. */
export function start() {
  document.addEventListener("click", onClick, true);
  document.addEventListener("keydown", onKey);
  dialog
    ?.querySelector("[data-leave-stay]")
    ?.addEventListener("click", () => dialog.close());
  dialog?.querySelector("[data-leave-anyway]")?.addEventListener("click", () => {
    dialog.close();
    const go = onward;
    secret.wipe();
    go?.();
  });
}
