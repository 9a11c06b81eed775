// Northwind Reports on Express: the key desk in its settings, its API behind keys.

import { WachtClient } from "@wacht/backend";
import express from "express";
import { CAPABILITIES, REPORTS, TENANTS } from "./directory.js";
import { requireKey } from "./gate.js";
import { escaped, ownPage, pages, signedIn } from "./sign-in.js";

const { KEYPLATE_URL, KEYPLATE_PORTAL_ORIGIN, KEYPLATE_BACKEND_KEY } = process.env;
const { NORTHWIND_ORIGIN: ORIGIN, PORT } = process.env;
const wacht = new WachtClient({
  apiKey: KEYPLATE_BACKEND_KEY,
  baseUrl: KEYPLATE_URL,
  timeout: 5000,
});
const POLICY = [
  "default-src 'none'",
  `script-src ${KEYPLATE_PORTAL_ORIGIN}`,
  `frame-src ${KEYPLATE_PORTAL_ORIGIN}`,
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
].join("; ");

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "16kb" }), signedIn, ownPage, pages);

/** Say why this person gets no desk of this deployment; nothing if they do. */
function refusal(user, deploymentId) {
  if (!user) return [401, "Unauthorized"];
  if (!user.canManageApiKeys) return [403, "Forbidden"];
  if (!deploymentId) return [400, "deploymentId is required"];
  // To members of other companies it does not exist.
  if (TENANTS.get(user.tenantId)?.deploymentId !== deploymentId)
    return [404, "Not found"];
  if (user.tenant.suspended) return [403, "Suspended"];
  return undefined;
}

app.post("/api/settings/api-keys/embed-ticket", async (req, res) => {
  const user = req.user;
  const deploymentId = req.body?.deploymentId ?? req.query.deploymentId;
  const [status, error] = refusal(user, deploymentId) ?? [];
  if (error) {
    console.warn(`no ticket for ${user?.id}: ${error}`);
    return res.status(status).json({ error });
  }
  const ticket = await wacht.post("/session/tickets", {
    ticket_type: "api_auth_access",
    api_auth_app_slug: `aa_${deploymentId}`,
    expires_in: 120,
    user_id: user.id,
    user_label: user.name,
    organization_id: user.tenant.id,
    organization_label: user.tenant.name,
    capabilities: CAPABILITIES[user.role],
    embed_origin: ORIGIN,
  });
  console.info(`ticket for ${user.id} of ${user.tenantId}`);
  return res.set("Cache-Control", "no-store").json(ticket);
});

app.get("/settings/api-keys", (req, res) => {
  const deploymentId = req.user?.tenant.deploymentId;
  const [status, error] = refusal(req.user, deploymentId) ?? [];
  if (error) return res.status(status).send(error);
  res.set({ "Content-Security-Policy": POLICY, "Cache-Control": "no-store" });
  return res.send(`<!DOCTYPE html>
<html lang="en">
  <title>API keys · Northwind Reports</title>
  <script src="${KEYPLATE_PORTAL_ORIGIN}/static/embed/embed.js" defer></script>
  <h1>API keys of ${escaped(req.user.tenant.name)}</h1>
  <api-keys-portal min-height="420"
    ticket-url="/api/settings/api-keys/embed-ticket?deploymentId=${deploymentId}"
  ></api-keys-portal>
</html>`);
});

app.get("/api/reports", requireKey("reports:read"), (req, res) => {
  res.json({ reports: REPORTS.get(req.apiKey.identity.organization_id) ?? [] });
});

app.use((error, _req, res, _next) => {
  if (error.expose) return res.status(error.status).json({ error: error.message });
  console.warn(error.name, error.message);
  return res.status(503).json({ error: "The key desk does not answer. Try again." });
});

app.listen(Number(PORT), "127.0.0.1", () => console.info(`listening on ${PORT}`));
