// Rate-limit schemes: every method of the SDK, the guard of those in use, the bounds.

import { client, report, see, stranger } from "./seen.mjs";

const api = client.apiKeys;
const rule = { unit: "minute", duration: 1, max_requests: 100 };
const wish = { slug: "standard_plan", name: "Standard plan", rules: [rule] };
const LONGEST = {
  millisecond: 60_000,
  second: 1800,
  minute: 1440,
  hour: 720,
  day: 30,
  calendar_day: 1,
  month: 1,
  calendar_month: 1,
};
const MODES = ["per_app", "per_key", "per_key_and_ip", "per_app_and_ip", "per_ip"];

await see("created", () => api.createRateLimitScheme(wish));
await see("createdTwice", () => api.createRateLimitScheme(wish));
await see("withEverything", () =>
  api.createRateLimitScheme({
    slug: "every_mode",
    name: "Every mode",
    description: "All that a rule may say",
    rules: MODES.map((mode, priority) => ({
      ...rule,
      mode,
      priority,
      endpoints: ["/v1/reports"],
    })),
  }),
);
const refused = {
  blankSlug: { slug: " " },
  blankName: { name: " " },
  noRules: { rules: [] },
  absentRules: { rules: undefined },
  noRequests: { rules: [{ ...rule, max_requests: 0 }] },
  noDuration: { rules: [{ ...rule, duration: 0 }] },
  oddUnit: { rules: [{ ...rule, unit: "fortnight" }] },
  oddMode: { rules: [{ ...rule, mode: "per_planet" }] },
};
for (const [name, part] of Object.entries(refused)) {
  const whole = { ...wish, slug: `refused_${name}`, ...part };
  await see(name, () => api.createRateLimitScheme(whole));
}
for (const [unit, duration] of Object.entries(LONGEST)) {
  const lasting = (n) => ({ rules: [{ ...rule, unit, duration: n }] });
  const scheme = { slug: `lasting_${unit}`, name: unit, ...lasting(duration) };
  await see(`longest:${unit}`, () => api.createRateLimitScheme(scheme));
  const beyond = { ...scheme, slug: `beyond_${unit}`, ...lasting(duration + 1) };
  await see(`beyond:${unit}`, () => api.createRateLimitScheme(beyond));
}
await see("createdByNobody", () => stranger.apiKeys.createRateLimitScheme(wish));

await see("shown", () => api.getRateLimitScheme("standard_plan"));
await see("shownUnknown", () => api.getRateLimitScheme("nowhere"));

const changes = {
  slug: "renamed",
  name: "Standard",
  description: "Words",
  rules: [{ ...rule, unit: "hour", mode: "per_key", max_requests: 5 }],
};
await see("changed", () => api.updateRateLimitScheme("standard_plan", changes));
await see("changedUnknown", () =>
  api.updateRateLimitScheme("nowhere", { name: "Nobody" }),
);
await see("changedWrongly", () =>
  api.updateRateLimitScheme("standard_plan", { rules: [] }),
);
await see("listed", () => api.listRateLimitSchemes());
await see("envelope", () => client.get("/api-auth/rate-limit-schemes"));

const app = { app_slug: "aa_schemes", name: "Schemes API", key_prefix: "nws" };
await see("used", () =>
  api.createApiAuthApp({ ...app, rate_limit_scheme_slug: "standard_plan" }),
);
await see("deletedInUse", () => api.deleteRateLimitScheme("standard_plan"));
await api.deleteApiAuthApp("aa_schemes");
await see("deleted", () => api.deleteRateLimitScheme("standard_plan"));
await see("deletedTwice", () => api.deleteRateLimitScheme("standard_plan"));

report();
