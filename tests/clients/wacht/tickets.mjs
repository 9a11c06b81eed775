// Tickets, the raw calls of the SDK, and how it reads every kind of refusal.

import { WachtClient } from "@wacht/backend";
import { client, given, options, report, see, stranger } from "./seen.mjs";

const SLUG = given.appSlug;
const wish = { ticket_type: "api_auth_access", api_auth_app_slug: SLUG };
const issue = (more) => () => client.post("/session/tickets", { ...wish, ...more });

// -------------------------------------------------------------------------- tickets

await see("posted", issue({ expires_in: 120 }));
await see("byMethod", () => client.sessions.createSessionTicket(wish));
await see("withOtherMembers", issue({ actor_id: "17", deployment_id: "42" }));
for (const type of ["impersonation", "agent_access", "webhook_app_access", "x"]) {
  await see(`type:${type}`, issue({ ticket_type: type }));
}
await see("noApp", issue({ api_auth_app_slug: undefined }));
await see("emptyApp", issue({ api_auth_app_slug: "" }));
await see("unknownApp", issue({ api_auth_app_slug: "nowhere" }));
await see("foreignApp", issue({ api_auth_app_slug: given.foreignApp }));
await see("tooShort", issue({ expires_in: 5 }));

// ------------------------------------------------------------------------ transport

await see("health", () => client.health.healthCheck());
await see("healthOfNobody", () => stranger.health.healthCheck());
const below = new WachtClient({ ...options, baseUrl: `${given.base}/below/here` });
await see("pathOfBaseDropped", () => below.health.healthCheck());
const asker = new WachtClient({ ...options, apiKey: given.gatewayKey });

// --------------------------------------------------------------------------- errors

await see("400", issue({ expires_in: "soon" }));
await see("401", () => stranger.post("/session/tickets", wish));
await see("403", () => asker.post("/session/tickets", wish));
await see("404", () => client.get("/api-auth/apps/nowhere"));
await see("404:unrouted", () => client.get("/api-auth/nowhere"));
await see("404:slash", () => client.get("/api-auth/apps/"));
await see("404:root", () => client.get("/nowhere"));
await see("405", () => client.put("/api-auth/apps", {}));
const twin = { app_slug: SLUG, name: "Twin", key_prefix: "twin" };
await see("409", () => client.apiKeys.createApiAuthApp(twin));
await see("413", issue({ user_label: "x".repeat(70_000) }));
await see("415", () => client.post("/session/tickets", new URLSearchParams(wish)));
await see("broken", () =>
  client.post("/session/tickets", "{", {
    headers: { "Content-Type": "application/json" },
  }),
);
await see("list", () => client.post("/session/tickets", "[]"));
await see("sessionRoute", () => client.get("/api-auth/keys"));
await see("nul", () => client.get("/api-auth/apps/a%00b"));

report();
