// Asks Keyplate about every request to the API. No verdict is a no.

import { WachtClient } from "@wacht/backend";

const { KEYPLATE_URL, KEYPLATE_GATEWAY_KEY } = process.env;
const wacht = new WachtClient({ apiKey: KEYPLATE_GATEWAY_KEY, baseUrl: KEYPLATE_URL });
const LONGEST_WAIT = 2000;

// 401: bring another key. Everything that is not listed is a 403.
const STATUSES = {
  malformed: 401,
  unknown: 401,
  rotated: 401,
  expired: 401,
  rate_limited: 429,
  unavailable: 503,
};

/**
 * The SDK sends no key to the gateway, and makes an error without a code of a verdict
 * that comes with 401. This adds the key, and hands every verdict over as an answer.
 * Anything that is no verdict, such as a refusal of our own key, becomes a 503.
 */
async function ask(url, init) {
  const headers = { ...init.headers, Authorization: `Bearer ${KEYPLATE_GATEWAY_KEY}` };
  const answer = await fetch(url, { ...init, headers, redirect: "error" });
  const body = await answer.json();
  const isVerdict = typeof body.allowed === "boolean" && (answer.ok || !body.allowed);
  return Response.json(body, { status: isVerdict ? 200 : 503 });
}

/** Let in keys that have these permissions; the verdict is at `req.apiKey`. */
export function requireKey(...requiredPermissions) {
  return async (req, res, next) => {
    const [, secret] =
      /^Bearer +(\S{1,256})$/i.exec(req.headers.authorization ?? "") ?? [];
    if (!secret) return refuse(res, 401, "missing", "Authorization: Bearer <key>");
    const question = {
      principalType: "api_key",
      principalValue: secret,
      method: req.method,
      resource: req.baseUrl + req.path,
      clientIp: req.ip,
      userAgent: req.get("User-Agent"),
      requiredPermissions,
    };
    const options = { gatewayUrl: KEYPLATE_URL, timeout: LONGEST_WAIT, fetch: ask };
    const verdict = await wacht.gateway
      .checkPrincipalAuthz(question, options)
      .catch((e) => {
        console.warn(`no verdict: ${e.message}`);
        return {
          allowed: false,
          code: "unavailable",
          message: "Try again.",
          retry_after: 1,
        };
      });
    if (verdict.allowed) {
      req.apiKey = verdict;
      return next();
    }
    if (verdict.retry_after) res.set("Retry-After", String(verdict.retry_after));
    return refuse(res, STATUSES[verdict.code] ?? 403, verdict.code, verdict.message);
  };
}

function refuse(res, status, code, message) {
  if (status === 401) res.set("WWW-Authenticate", 'Bearer realm="API"');
  return res.status(status).set("Cache-Control", "no-store").json({ message, code });
}
