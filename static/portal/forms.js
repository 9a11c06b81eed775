/**
 * Small help while filling in: finding a permission, and a sentence that sums up
 * what is about to be made.
 */

/** Hide the permissions that a search does not find. @param {HTMLInputElement} field */
function filter(field) {
  const list = document.querySelector(field.dataset.filters ?? "");
  const wanted = field.value.trim().toLocaleLowerCase();
  for (const item of list?.querySelectorAll("[data-filter-text]") ?? []) {
    const text = item.getAttribute("data-filter-text")?.toLocaleLowerCase() ?? "";
    // What is ticked stays in sight: nothing is granted unseen.
    const ticked = item.querySelector(":checked");
    item.toggleAttribute("hidden", !ticked && !text.includes(wanted));
  }
  for (const group of list?.querySelectorAll(".group") ?? []) {
    group.toggleAttribute(
      "hidden",
      !group.querySelector("[data-filter-text]:not([hidden])"),
    );
  }
}

/** Sum up the form in words. @param {Element} form */
function summarise(form) {
  const line = form.querySelector("[data-summary]");
  if (!(line instanceof HTMLElement)) return;
  const count = form.querySelectorAll('[name="permissions"]:checked').length;
  const pattern =
    (count === 1 ? line.dataset.permission : line.dataset.permissions) ?? "";
  const expiry = form.querySelector('[name="expiry"]:checked');
  const day = form.querySelector('[name="expires_on"]');
  const parts = [];
  if (form.querySelector('[name="permissions"]'))
    parts.push(pattern.replace("{count}", String(count)));
  if (expiry instanceof HTMLElement && expiry.dataset.words)
    parts.push(expiry.dataset.words);
  else if (day instanceof HTMLInputElement && day.value) parts.push(day.value);
  line.textContent = parts.map((part) => `, ${part}`).join("");
}

/** @param {Event} event */
function onInput(event) {
  const field = event.target;
  if (!(field instanceof HTMLInputElement)) return;
  if (field.dataset.filters) filter(field);
  const form = field.closest("[data-summarised]");
  if (form) summarise(form);
}

/** Prepare a region that has just arrived. @param {ParentNode} root */
export function prepare(root) {
  for (const form of root.querySelectorAll("[data-summarised]")) summarise(form);
}

/** Begin. */
export function start() {
  document.addEventListener("input", onInput);
  prepare(document);
}
