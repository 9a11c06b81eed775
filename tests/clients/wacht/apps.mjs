// Apps, in both spellings that guides have: every method of the SDK.

import { client, given, report, see, stranger } from "./seen.mjs";

const api = client.apiKeys;
await see("tier", () =>
  api.createRateLimitScheme({
    slug: "apps_tier",
    name: "Apps tier",
    rules: [{ unit: "minute", duration: 1, max_requests: 100, mode: "per_key" }],
  }),
);

// ------------------------------------------------------------------------- creating

await see("withAppSlug", () =>
  api.createApiAuthApp({
    app_slug: "aa_77",
    name: "Northwind public API",
    key_prefix: "northwind_live",
    description: "Keys of Northwind's customers",
  }),
);
await see("withSlug", () =>
  api.createApiAuthApp({
    slug: "northwind-v2",
    name: "Northwind public API V2",
    permissions: ["read:data", "write:data"],
    rate_limit_scheme_slug: "apps_tier",
    organization_id: "org_abc123",
  }),
);
await see("withEverything", () =>
  api.createApiAuthApp({
    app_slug: "aa_78",
    name: "Northwind internal API",
    key_prefix: "nwi",
    description: "For machines",
    user_id: 17,
    organization_id: 18,
    workspace_id: "ws_1",
    permissions: ["read:data"],
    resources: ["/v1/reports"],
    rate_limit_scheme_slug: "apps_tier",
    never_heard_of: true,
  }),
);
const refused = {
  slugInUse: { app_slug: "aa_77", name: "Again", key_prefix: "again" },
  noSlug: { name: "Nobody", key_prefix: "nobody" },
  twoSlugs: { app_slug: "one", slug: "two", name: "Two", key_prefix: "two" },
  noName: { app_slug: "nameless", key_prefix: "nameless" },
  noScheme: { app_slug: "aa_79", name: "A", rate_limit_scheme_slug: "nowhere" },
};
for (const [name, wish] of Object.entries(refused)) {
  await see(name, () => api.createApiAuthApp(wish));
}
await see("createdByNobody", () =>
  stranger.apiKeys.createApiAuthApp({ app_slug: "x", name: "X", key_prefix: "x" }),
);

// -------------------------------------------------------------------------- reading

await see("shown", () => api.getApiAuthApp("aa_77"));
await see("shownByName", () => api.getApiAuthApp("Northwind public API V2"));
await see("shownUnknown", () => api.getApiAuthApp("nowhere"));
await see("shownForeign", () => api.getApiAuthApp(given.foreignApp));
await see("listed", () => api.listApiAuthApps({}));
await see("listedWithLimit", () => api.listApiAuthApps({ limit: 1, offset: 1 }));
await see("envelope", () => client.get("/api-auth/apps"));
await see("page", () => client.get("/api-auth/apps?limit=1&offset=1"));
await see("searched", () => client.get("/api-auth/apps?search=aa_77"));

// ------------------------------------------------------------------------- changing

await see("changed", () =>
  api.updateApiAuthApp("aa_77", {
    name: "Northwind API",
    key_prefix: "nw_live",
    description: "New words",
    organization_id: 42,
    workspace_id: "ws_2",
    permissions: ["read:data"],
    resources: ["/v1"],
    rate_limit_scheme_slug: "apps_tier",
  }),
);
const nothing = { name: null, key_prefix: null, description: null, is_active: null };
await see("changedByNulls", () => api.updateApiAuthApp("aa_77", nothing));
await see("changedUnknown", () => api.updateApiAuthApp("nowhere", { name: "No" }));
await see("changedForeign", () =>
  api.updateApiAuthApp(given.foreignApp, { name: "Mine" }),
);
await see("changedWrongly", () => api.updateApiAuthApp("aa_77", { name: "" }));
await see("switchedOff", () => api.updateApiAuthApp("aa_77", { is_active: false }));
await see("listedActive", () => api.listApiAuthApps({ include_inactive: false }));
await see("listedAll", () => api.listApiAuthApps({ include_inactive: true }));

// ------------------------------------------------------------------------- deleting

await see("deleted", () => api.deleteApiAuthApp("aa_77"));
await see("deletedTwice", () => api.deleteApiAuthApp("aa_77"));
await see("deletedForeign", () => api.deleteApiAuthApp(given.foreignApp));
await see("shownDeleted", () => api.getApiAuthApp("aa_77"));
await see("keysOfDeleted", () => api.listApiKeys("aa_77", {}));
await see("logOfDeleted", () => api.getApiAuditLogs("aa_77", {}));
await see("listedAfterwards", () => api.listApiAuthApps({ include_inactive: true }));

report();
