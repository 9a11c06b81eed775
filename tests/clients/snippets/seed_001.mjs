// The integration guide, step one: an app for a deployment's keys.

import { WachtClient } from "@wacht/backend";

const client = new WachtClient({
  apiKey: process.env.WACHT_BACKEND_API_KEY,
  baseUrl: process.env.KEYPLATE_URL,
});

const app = await client.apiKeys.createApiAuthApp({
  app_slug: "aa_1042",
  name: "Northwind Orders API",
  key_prefix: "nwo_live",
  description: "What Northwind's customers call us with",
});

console.log(JSON.stringify({ app }));
