// Keys from the first to the last day: every method of the SDK, and the older routes.

import { initClient } from "@wacht/backend";
import { check, client, given, options, report, see, stranger } from "./seen.mjs";

const api = client.apiKeys;
const [SLUG, NAME] = ["aa_keys", "Northwind keys API"];
const inMonths = new Date(Date.now() + 90 * 86_400_000).toISOString();
initClient(options);
await api.createApiAuthApp({
  app_slug: SLUG,
  name: NAME,
  key_prefix: "nw_live",
  permissions: ["read:data", "write:data"],
});

// ------------------------------------------------------------------------- creating

const created = await see("created", () =>
  api.createApiKey(SLUG, {
    name: "Production backend",
    owner_user_id: "usr_abc123",
    permissions: ["read:data"],
    metadata: { team: "data" },
    expires_at: inMonths,
  }),
);
const plain = await see("createdByAppName", () =>
  api.createApiKey(NAME, { name: "Staging backend" }),
);
await see("createdInUnknownApp", () => api.createApiKey("nowhere", { name: "No" }));
await see("createdInForeignApp", () =>
  api.createApiKey(given.foreignApp, { name: "No" }),
);
await see("createdWithoutName", () => api.createApiKey(SLUG, {}));
await see("createdBeyondApp", () =>
  api.createApiKey(SLUG, { name: "Beyond", permissions: ["delete:data"] }),
);
await see("createdWithKind", () =>
  api.createApiKey(SLUG, { name: "Kind", metadata: { principal_type: "x" } }),
);
await see("createdTwice", () => api.createApiKey(SLUG, { name: "Staging backend" }));
await see("createdByNobody", () =>
  stranger.apiKeys.createApiKey(SLUG, { name: "Mine" }),
);

// -------------------------------------------------------------------------- listing

await see("listed", () => api.listApiKeys(SLUG, {}));
await see("listedByAppName", () => api.listApiKeys(NAME, {}));
await see("listedUnknown", () => api.listApiKeys("nowhere", {}));
await see("listedForeign", () => api.listApiKeys(given.foreignApp, {}));

// ------------------------------------------------------------------------- rotating

const rotated = await see("rotated", () => api.rotateApiKey(SLUG, created.id));
await see("oldSecret", () => check(created.secret));
await see("newSecret", () => check(rotated.secret));
await see("rotatedUnknown", () => api.rotateApiKey(SLUG, "key_xyz789"));
await see("rotatedForeign", () => api.rotateApiKey(SLUG, given.foreignKey));

// ------------------------------------------------------------------------- revoking

await see("revoked", () => api.revokeApiKey(SLUG, created.id, { reason: "Leaked" }));
await see("revokedSecret", () => check(rotated.secret));
await see("revokedTwice", () => api.revokeApiKey(SLUG, created.id, {}));
await see("rotatedRevoked", () => api.rotateApiKey(SLUG, created.id));
await see("revokedUnknown", () => api.revokeApiKey(SLUG, "key_xyz789", {}));
await see("revokedForeign", () => api.revokeApiKey(SLUG, given.foreignKey, {}));
await see("listedActive", () => api.listApiKeys(SLUG, { include_inactive: false }));
await see("listedAll", () => api.listApiKeys(SLUG, { include_inactive: true }));

// Without its options the SDK posts its whole self, with the key of the backend.
await see("revokedWithoutOptions", () => api.revokeApiKey(SLUG, plain.id));
await see("secretWithoutOptions", () => check(plain.secret));
await see("listedAfterwards", () => api.listApiKeys(SLUG, { include_inactive: true }));

// As one guide spells it: the id never gets onto the wire.
await see("expiry", () => inMonths);
await see("revokedByObject", () => api.revokeApiKey({ api_key_id: created.id }));
await see("rotatedByObject", () => api.rotateApiKey({ api_key_id: created.id }));

// --------------------------------------------------------------- the older routes

for (const member of ["key_id", "api_key_id"]) {
  const key = await api.createApiKey(SLUG, { name: `Older client, ${member}` });
  const named = { [member]: key.id };
  const post = (verb, more) =>
    client.post(`/api-auth/keys/${verb}`, { ...named, ...more });
  await see(`${member}:before`, () => key);
  const anew = await see(`${member}:rotated`, () => post("rotate"));
  await see(`${member}:oldSecret`, () => check(key.secret));
  await see(`${member}:newSecret`, () => check(anew.secret));
  await see(`${member}:revoked`, () => post("revoke", { reason: "Moved on" }));
  await see(`${member}:revokedSecret`, () => check(anew.secret));
  await see(`${member}:revokedTwice`, () => post("revoke"));
  await see(`${member}:rotatedRevoked`, () => post("rotate"));
}
await see("olderRouteWithoutId", () => client.post("/api-auth/keys/revoke", {}));

report();
