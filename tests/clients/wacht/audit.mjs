// The log of decisions and its sums: every method and every option of the SDK.

import { check, client, given, report, see, stranger } from "./seen.mjs";

const api = client.apiKeys;
const SLUG = "aa_audit";
await api.createApiAuthApp({
  app_slug: SLUG,
  name: "Audit API",
  key_prefix: "nwa",
  permissions: ["read:data"],
});
const busy = await api.createApiKey(SLUG, { name: "Busy" });
const calm = await api.createApiKey(SLUG, { name: "Calm" });
await see("keys", () => ({ busy: busy.id, calm: calm.id }));

// Seven decisions: five of the busy key, of them two blocked; two of the calm one.
const about = { clientIp: "203.0.113.7", userAgent: "northwind/1.0" };
for (const resource of ["/v1/a", "/v1/a", "/v1/b?secret=no"]) {
  await check(busy.secret, { ...about, resource });
}
for (let n = 0; n < 2; n += 1) {
  await check(busy.secret, { ...about, requiredPermissions: ["write:data"] });
}
await check(calm.secret, { ...about, method: "POST" });
await check(calm.secret, { ...about, method: "POST" });

// ------------------------------------------------------------------------- the log

const log = (options) => () => api.getApiAuditLogs(SLUG, options);
const whole = await see("log", log({}));
const pages = [];
let page = { has_more: true };
while (page.has_more && pages.length < 9) {
  page = await api.getApiAuditLogs(SLUG, { limit: 2, cursor: page.next_cursor });
  pages.push(page);
}
await see("pages", () => pages);
const third = whole.data[2];
const pair = { cursor_ts: third.timestamp, cursor_id: third.request_id };
const oddCursor = { cursor: "bm9uc2Vuc2U" };
await see("behindThird", log(pair));
await see("cursorBeforePair", log({ ...pair, limit: 2, cursor: pages[0].next_cursor }));
await see("skippedTwo", log({ offset: 2 }));
await see("limitOfNone", log({ limit: 0 }));
await see("limitOfMany", log({ limit: 5000 }));
await see("allowed", log({ outcome: "allowed" }));
await see("blocked", log({ outcome: "blocked" }));
await see("oddOutcome", log({ outcome: "VALID" }));
await see("ofCalm", log({ key_id: calm.id }));
await see("since2099", log({ start_date: "2099-01-01T00:00:00Z" }));
await see("until2020", log({ end_date: "2020-01-01T00:00:00Z" }));
await see("oddCursor", log(oddCursor));
await see("oddMoment", log({ start_date: "yesterday" }));
await see("unknownApp", () => api.getApiAuditLogs("nowhere", {}));
await see("foreignApp", () => api.getApiAuditLogs(given.foreignApp, {}));
await see("logOfNobody", () => stranger.apiKeys.getApiAuditLogs(SLUG, {}));

// ------------------------------------------------------------------------ its sums

const sums = (options) => () => api.getApiAuditAnalytics(SLUG, options);
const SECTIONS = [
  "include_top_keys",
  "include_top_paths",
  "include_blocked_reasons",
  "include_rate_limits",
];
await see("sums", sums({}));
for (const section of SECTIONS) await see(section, sums({ [section]: true }));
const every = Object.fromEntries(SECTIONS.map((section) => [section, true]));
const none = Object.fromEntries(SECTIONS.map((section) => [section, false]));
await see("everySection", sums(every));
await see("noSection", sums(none));
await see("topOne", sums({ ...every, top_limit: 1 }));
await see("sumsOfCalm", sums({ key_id: calm.id }));
await see("sumsOfNothing", sums({ start_date: "2099-01-01T00:00:00Z" }));
await see("sumsOfUnknownApp", () => api.getApiAuditAnalytics("nowhere", {}));

// ------------------------------------------------------------------- its course

const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
const course = (options) => () => api.getApiAuditTimeseries(SLUG, options);
for (const interval of ["minute", "hour", "day", "week", "month"]) {
  await see(interval, course({ interval, start_date: hourAgo }));
}
await see("usual", course({}));
await see("oddInterval", course({ interval: "fortnight", start_date: hourAgo }));
await see("courseOfCalm", course({ key_id: calm.id, start_date: hourAgo }));
await see("courseOfUnknownApp", () => api.getApiAuditTimeseries("nowhere", {}));

report();
