/**
 * Trusted Types: the one policy this page has, named by its CSP.
 *
 * htmx swaps HTML that our own server rendered; that passes. Nothing may make
 * scripts or script addresses out of strings, so those two are not defined and
 * the browser refuses them.
 */

/** @type {{ createPolicy: Function } | undefined} */
const factory = /** @type {any} */ (window).trustedTypes;

factory?.createPolicy("default", { createHTML: (/** @type {string} */ html) => html });
