// Stands in for your own sign-in: choose who you are, no password. The name rides in a
// signed cookie.

import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";
import { CAPABILITIES, PEOPLE, TENANTS } from "./directory.js";

const { NORTHWIND_ORIGIN: ORIGIN, NORTHWIND_SECRET_KEY: SECRET } = process.env;
const COOKIE = "northwind";

const sign = (name) =>
  `${name}.${createHmac("sha256", SECRET).update(name).digest("base64url")}`;

function unsign(value) {
  const name = value.split(".", 1)[0];
  const [given, right] = [Buffer.from(value), Buffer.from(sign(name))];
  return given.length === right.length && timingSafeEqual(given, right) ? name : "";
}

/** Make text safe to stand in a page. */
export const escaped = (text) =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** Put the person on the request as `req.user`, if somebody is signed in. */
export function signedIn(req, _res, next) {
  const cookies = (req.headers.cookie ?? "").split("; ");
  const own = cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`)) ?? "";
  const person = PEOPLE.get(unsign(own.slice(COOKIE.length + 1)));
  if (person) {
    const canManageApiKeys = person.role in CAPABILITIES;
    req.user = { ...person, canManageApiKeys, tenant: TENANTS.get(person.tenantId) };
  }
  next();
}

/** Refuse what another site posts in somebody's name. */
export function ownPage(req, res, next) {
  if (req.method !== "POST" || req.headers.origin === ORIGIN) return next();
  return res.status(403).json({ error: "This did not come from our own page." });
}

export const pages = express.Router();

pages.get("/", (_req, res) => {
  const forms = [...PEOPLE].map(
    ([slug, person]) =>
      `<form method="post" action="/sign-in/${slug}"><button>${escaped(person.name)}</button></form>`,
  );
  res.send(`<!DOCTYPE html><title>Northwind Reports</title>${forms.join("")}`);
});

pages.post("/sign-in/:slug", (req, res) => {
  if (!PEOPLE.has(req.params.slug)) return res.sendStatus(404);
  const secure = ORIGIN.startsWith("https:");
  res.cookie(COOKIE, sign(req.params.slug), {
    httpOnly: true,
    sameSite: "lax",
    secure,
  });
  return res.redirect(303, "/settings/api-keys");
});
