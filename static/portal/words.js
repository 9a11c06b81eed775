/**
 * The script's sentences. They live in the page (portal/_words.html), translated
 * with the rest of it; nothing is spelled here.
 */

const spoken = document.getElementById("words")?.dataset ?? {};

/**
 * Give one sentence, its {names} filled in.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function words(name, values = {}) {
  const sentence = spoken[name] ?? "";
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

/**
 * Read one fact from the page's head.
 * @param {string} name
 * @returns {HTMLMetaElement | null}
 */
export function fact(name) {
  return document.querySelector(`meta[name="portal-${name}"]`);
}
