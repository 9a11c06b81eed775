// The reference of the SDK's key module, call by call. `initClient` is the one line
// more: it says where the calls go that leave their last argument out.

import { initClient, WachtClient } from "@wacht/backend";

const options = {
  apiKey: process.env.WACHT_API_KEY,
  baseUrl: process.env.KEYPLATE_URL,
};
initClient(options);
const client = new WachtClient(options);

const app = await client.apiKeys.createApiAuthApp({
  name: "Northwind Weather API",
  slug: "weather-v2",
  permissions: ["read:data", "write:data"],
  rate_limit_scheme_slug: "standard_tier",
  organization_id: "org_abc123",
});
const apps = await client.apiKeys.listApiAuthApps();
const shown = await client.apiKeys.getApiAuthApp("weather-v2");

const keyRecord = await client.apiKeys.createApiKey("weather-v2", {
  name: "Production Backend Key",
  owner_user_id: "usr_abc123",
});
const keys = await client.apiKeys.listApiKeys("weather-v2");

// With one object the published SDK sends no id; the error says what went wrong.
const refusals = [];
for (const verb of ["rotateApiKey", "revokeApiKey"]) {
  await client.apiKeys[verb]({ api_key_id: keyRecord.id }).catch((error) => {
    refusals.push({ name: error.name, message: error.message });
  });
}
const rotated = await client.apiKeys.rotateApiKey("weather-v2", keyRecord.id);
await client.apiKeys.revokeApiKey("weather-v2", keyRecord.id);

const updated = await client.apiKeys.updateApiAuthApp("weather-v2", {
  description: "Forecasts",
});
await client.apiKeys.deleteApiAuthApp("weather-v2");

console.log(
  JSON.stringify({ app, apps, shown, keyRecord, keys, refusals, rotated, updated }),
);
