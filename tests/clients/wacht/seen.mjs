// What every group needs: what it was given, and how each call ended, as the SDK saw it.
// A group reads its facts from standard input and prints its report once, as JSON.

import { readFileSync } from "node:fs";
import { WachtClient } from "@wacht/backend";

export const given = JSON.parse(readFileSync(0, "utf8"));
export const options = { apiKey: given.backendKey, baseUrl: given.base };
export const gateway = { gatewayUrl: given.base };

/** The published client, told only where the server is. */
export const client = new WachtClient(options);
/** The same with a key that nobody minted. */
export const stranger = new WachtClient({ ...options, apiKey: "apb_nobody" });

const told = {};
const wire = [];
const transport = globalThis.fetch;

// The SDK's own transport, looked at in passing. Nothing leaves for another server.
globalThis.fetch = async (url, init) => {
  const target = new URL(url);
  const record = { origin: target.origin, method: init.method, path: target.pathname };
  wire.push(record);
  if (target.origin !== given.base) throw new Error("not our server");
  const answer = await transport(url, { ...init, redirect: "manual" });
  const text = await answer.clone().text();
  return Object.assign(record, sent(init), received(answer, text)) && answer;
};

function sent(init) {
  const headers = new Headers(init.headers);
  return {
    authorized: headers.has("Authorization"),
    bodyType: headers.get("Content-Type"),
    bodyHasBackendKey: String(init.body ?? "").includes(given.backendKey),
  };
}

function received(answer, text) {
  const type = answer.headers.get("Content-Type");
  return { status: answer.status, type, length: text.length };
}

/** Carry out one call and keep how it ended under a name; returns what it answered. */
export async function see(name, call) {
  const first = wire.length;
  try {
    const answer = await call();
    told[name] = { answer, returnedNothing: answer === undefined };
    return answer;
  } catch (error) {
    const { name: kind, statusCode: status, message, details } = error;
    told[name] = { error: kind, status, message, details };
    return undefined;
  } finally {
    told[name].wire = wire.slice(first);
  }
}

/** Ask the gateway about a secret, as a host's API would. */
export const check = (principalValue, more = {}) =>
  client.gateway.checkPrincipalAuthz(
    {
      principalType: "api_key",
      principalValue,
      method: "GET",
      resource: "/v1/reports?page=2",
      ...more,
    },
    gateway,
  );

export const report = () => process.stdout.write(JSON.stringify(told));
