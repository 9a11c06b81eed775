// Left-out arguments: the SDK then puts the client in their place and asks with its
// global one. Here the bound client has a key that nobody minted, so one sees who asked.

import { initClient } from "@wacht/backend";
import { check, client, given, options, report, see, stranger } from "./seen.mjs";

const SLUG = "aa_binding";
const app = { app_slug: SLUG, name: "Binding API", key_prefix: "nwb" };
await client.apiKeys.createApiAuthApp(app);
const key = await client.apiKeys.createApiKey(SLUG, { name: "Bound" });
await check(key.secret);

const api = stranger.apiKeys;
const CALLS = {
  listApiAuthApps: (...rest) => api.listApiAuthApps(...rest),
  listApiKeys: (...rest) => api.listApiKeys(SLUG, ...rest),
  getApiAuditLogs: (...rest) => api.getApiAuditLogs(SLUG, ...rest),
  getApiAuditAnalytics: (...rest) => api.getApiAuditAnalytics(SLUG, ...rest),
  getApiAuditTimeseries: (...rest) => api.getApiAuditTimeseries(SLUG, ...rest),
  revokeApiKey: (...rest) => api.revokeApiKey(SLUG, key.id, ...rest),
};
for (const [name, call] of Object.entries(CALLS)) {
  await see(`${name}:noGlobal`, () => call());
}
initClient(options);
for (const [name, call] of Object.entries(CALLS)) {
  await see(`${name}:withOptions`, () => call({}));
  await see(`${name}:withoutOptions`, () => call());
}
await see("listRateLimitSchemes:own", () => api.listRateLimitSchemes());
await see("createSessionTicket:own", () =>
  stranger.sessions.createSessionTicket({
    ticket_type: "api_auth_access",
    api_auth_app_slug: given.appSlug,
  }),
);
await see("checkPrincipalAuthz:withoutOptions", () =>
  client.gateway.checkPrincipalAuthz({
    principalType: "api_key",
    principalValue: "nonsense",
    method: "GET",
    resource: "/",
  }),
);

report();
