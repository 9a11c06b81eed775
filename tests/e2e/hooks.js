/**
 * A front end of the host's own: it sends what existing React hooks send
 * (wacht-contract sections 9 and 10), and hands every answer to the test.
 *
 * The hooks keep the token of staging in localStorage; here it is in memory and in a
 * cookie of the page, so that the search for secrets in storages stays sharp.
 */

/** @typedef {{ status: number, body: any, renewed: string | null }} Answer */

const key = document.querySelector('meta[name="publishable-key"]').content;
const [, kind, encoded] = key.split("_");
const base = atob(encoded);
const COOKIE = /(?:^|; )dev_session=([^;]*)/;

let mode = kind === "test" ? "staging" : "production";
let held = COOKIE.exec(document.cookie)?.[1] ?? "";
/** The token of a client that asked for one. */
let token = "";

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Answer>}
 */
async function client(path, init = {}) {
  let address = base + path;
  const options = { ...init };
  if (mode === "staging") {
    address += `${address.includes("?") ? "&" : "?"}__dev_session__=${held}`;
  } else {
    options.credentials = "include";
  }
  const response = await fetch(address, options);
  const renewed = response.headers.get("x-development-session");
  if (renewed) {
    held = renewed;
    // biome-ignore lint/suspicious/noDocumentCookie: as the hooks do.
    document.cookie = `dev_session=${renewed}`;
  }
  return { status: response.status, body: await response.json(), renewed };
}

/**
 * @param {string} path
 * @param {Record<string, string>} [members]
 */
function post(path, members) {
  const body = members && new URLSearchParams(members);
  return client(path, { method: "POST", body });
}

/**
 * What a client does that keeps its token to itself: JSON, a header, preflights.
 * @param {string} method
 * @param {string} path
 * @param {object} [members]
 * @returns {Promise<Answer>}
 */
async function withToken(method, path, members) {
  const response = await fetch(base + path, {
    method,
    headers: {
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(),
      ...(token && { "X-Portal-Session": token }),
    },
    body: members && JSON.stringify(members),
  });
  const body = await response.json();
  token = body.data?.token ?? token;
  return { status: response.status, body, renewed: null };
}

globalThis.hooks = {
  base,
  withToken,
  deployment: async () => {
    const answer = await client("/deployment");
    mode = answer.body.data.mode;
    return answer;
  },
  exchange: (ticket) =>
    client(`/session/ticket/exchange?ticket=${encodeURIComponent(ticket)}`),
  session: () => client("/api-auth/session"),
  list: (status) => client(`/api-auth/keys${status ? `?status=${status}` : ""}`),
  create: (members) => post("/api-auth/keys", members),
  rotate: (id) => post(`/api-auth/keys/${id}/rotate`),
  revoke: (id, reason) => post(`/api-auth/keys/${id}/revoke`, reason ? { reason } : {}),
  end: () => post("/api-auth/session/end"),
};
