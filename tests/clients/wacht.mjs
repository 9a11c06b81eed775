// What a host's backend does with the published SDK: only the base URL is ours.
// Reads { base, backendKey, appSlug, key } from standard input, prints what it saw.

import { readFileSync } from "node:fs";
import { initClient, WachtClient } from "@wacht/backend";

const given = JSON.parse(readFileSync(0, "utf8"));
const options = { apiKey: given.backendKey, baseUrl: given.base };
initClient(options);
const client = new WachtClient(options);
const stranger = new WachtClient({ ...options, apiKey: "apb_nobody" });

/** Carry out one call and tell how it ended, as the SDK sees it. */
async function seen(call) {
  try {
    return { answer: await call() };
  } catch (error) {
    return { error: error.name, status: error.statusCode, message: error.message };
  }
}

const wish = { ticket_type: "api_auth_access", api_auth_app_slug: given.appSlug };
const check = (principalValue, requiredPermissions) =>
  client.gateway.checkPrincipalAuthz(
    {
      principalType: "api_key",
      principalValue,
      method: "GET",
      resource: "/v1/reports?page=2",
      ...(requiredPermissions ? { requiredPermissions } : {}),
    },
    { gatewayUrl: given.base },
  );

const report = {
  health: await seen(() => client.health.healthCheck()),
  ticket: await seen(() =>
    client.post("/session/tickets", { ...wish, expires_in: 120 }),
  ),
  ticketByMethod: await seen(() => client.sessions.createSessionTicket(wish)),
  unknownApp: await seen(() =>
    client.post("/session/tickets", { ...wish, api_auth_app_slug: "nowhere" }),
  ),
  wrongLife: await seen(() =>
    client.post("/session/tickets", { ...wish, expires_in: 5 }),
  ),
  stranger: await seen(() => stranger.post("/session/tickets", wish)),
  nowhere: await seen(() => client.get("/api-auth/nowhere")),
  allowed: await seen(() => check(given.key)),
  permissionDenied: await seen(() => check(given.key, ["nothing:anybody:has"])),
  unknownKey: await seen(() => check(`${given.key.slice(0, -1)}x`)),
};
process.stdout.write(JSON.stringify(report));
