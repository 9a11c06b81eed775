// Verdicts: both calls of the SDK and what it works out of an answer by itself.

import { setTimeout as sleep } from "node:timers/promises";
import { check, client, gateway, given, report, see } from "./seen.mjs";

const api = client.apiKeys;
const SLUG = "aa_gateway";
const app = { app_slug: SLUG, name: "Gateway API", key_prefix: "nwg" };
await api.createApiAuthApp({ ...app, permissions: ["read:data", "write:data"] });
const soon = new Date(Date.now() + 1500).toISOString();
const expiring = await api.createApiKey(SLUG, { name: "Brief", expires_at: soon });
const good = await see("key", () =>
  api.createApiKey(SLUG, {
    name: "Good",
    permissions: ["write:data", "read:data"],
    owner_user_id: "usr_abc123",
    organization_id: "org_abc123",
    workspace_id: "ws_1",
    metadata: { team: "data", scopes: ["a", 1], granted_resource: "urn:x" },
  }),
);

// -------------------------------------------------------------------------- passing

const allowed = await see("allowed", () => check(good.secret));
await see("context", () => client.gateway.resolveGatewayPrincipalContext(allowed));
await see("identity", () => client.gateway.resolveAuthzIdentity(allowed));
await see("byWireBody", () =>
  client.gateway.checkAuthz(
    {
      principal: { type: "api_key", value: good.secret },
      resource: "/v1/reports",
      method: "GET",
      client_ip: "203.0.113.7",
      user_agent: "northwind/1.0",
      required_permissions: ["read:data"],
    },
    { gatewayUrl: `${given.base}//` },
  ),
);
await see("lowerCase", () => check(good.secret, { method: "get" }));
for (const [name, requiredPermissions] of Object.entries({
  both: ["read:data", " write:data "],
  either: ["read:data OR admin:all"],
  nested: ["(read:data AND write:data) OR admin:all"],
  commas: ["read:data,write:data"],
  none: ["", " "],
})) {
  await see(`needs:${name}`, () => check(good.secret, { requiredPermissions }));
}

// --------------------------------------------------------------------------- limits

const perHour = { unit: "hour", duration: 1, max_requests: 1, mode: "per_key" };
const rules = [perHour, { ...perHour, max_requests: 9, priority: 1 }];
const scheme = { slug: "tight", name: "Tight" };
await api.createRateLimitScheme({ ...scheme, rules });
await api.createApiAuthApp({
  app_slug: "aa_limited",
  name: "Limited API",
  key_prefix: "nwl",
  rate_limit_scheme_slug: "tight",
});
const limited = await api.createApiKey("aa_limited", {
  name: "Limited",
  owner_user_id: "usr_abc123",
});
await see("withinLimits", () => check(limited.secret));
const over = await see("rateLimited", () => check(limited.secret));
await see("contextOfLimited", () =>
  client.gateway.resolveGatewayPrincipalContext(over),
);
await see("otherPath", () => check(limited.secret, { resource: "/v1/else" }));
await api.updateApiAuthApp("aa_limited", { resources: ["/v1/*"] });
await see("otherResource", () => check(limited.secret, { resource: "/v2" }));

// ------------------------------------------------------------------------- refusals

const denied = await see("permissionDenied", () =>
  check(good.secret, { requiredPermissions: ["admin:all"] }),
);
await see("contextOfDenied", () =>
  client.gateway.resolveGatewayPrincipalContext(denied),
);
const flipped = good.secret.endsWith("0") ? "1" : "0";
await see("unknown", () => check(given.strangersKey));
await see("badChecksum", () => check(good.secret.slice(0, -1) + flipped));
await see("malformed", () => check("nonsense"));
await see("oauth", () => check(good.secret, { principalType: "oauth_access_token" }));
await see("badMethod", () => check(good.secret, { method: "BREW" }));
await see("noResource", () => check(good.secret, { resource: "?page=2" }));
await see("badExpression", () =>
  check(good.secret, { requiredPermissions: ["(read:data"] }),
);
await see("unknownMember", () =>
  client.gateway.checkAuthz(
    {
      principal: { type: "api_key", value: good.secret },
      resource: "/v1",
      method: "GET",
      explain: "please",
    },
    gateway,
  ),
);
const once = await api.createApiKey(SLUG, { name: "Once" });
await api.revokeApiKey(SLUG, once.id, {});
await see("revoked", () => check(once.secret));
const turned = await api.createApiKey(SLUG, { name: "Turned" });
await api.rotateApiKey(SLUG, turned.id);
await see("rotated", () => check(turned.secret));
await sleep(Math.max(0, Date.parse(soon) - Date.now()) + 100);
await see("expired", () => check(expiring.secret));
await api.updateApiAuthApp(SLUG, { is_active: false });
await see("appInactive", () => check(good.secret));
await api.updateApiAuthApp(SLUG, { is_active: true });
await see("appActiveAgain", () => check(good.secret));
await api.deleteApiAuthApp(SLUG);
await see("appDeleted", () => check(good.secret));

report();
