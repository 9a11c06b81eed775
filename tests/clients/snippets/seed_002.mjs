// The guide to hosted pages: the app once, then a ticket for whoever may have one.
// examples/express_host has its endpoint.

import { WachtClient } from "@wacht/backend";

const wacht = new WachtClient({
  apiKey: process.env.WACHT_BACKEND_API_KEY,
  baseUrl: process.env.KEYPLATE_URL,
});
const deploymentId = "1043";

await wacht.apiKeys.createApiAuthApp({
  app_slug: `aa_${deploymentId}`,
  name: "Northwind Stock API",
  key_prefix: "nws_live",
  description: `For deployment ${deploymentId}`,
});
const ticket = await wacht.post("/session/tickets", {
  ticket_type: "api_auth_access",
  api_auth_app_slug: `aa_${deploymentId}`,
  expires_in: 120,
});

console.log(JSON.stringify({ ticket }));
