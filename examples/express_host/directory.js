// Who works where and what they may do: stands in for your own user tables.

export const TENANTS = new Map([
  ["acme", { id: "org_acme", name: "Acme Ltd", deploymentId: "42" }],
  ["globex", { id: "org_globex", name: "Globex GmbH", deploymentId: "43" }],
  [
    "initech",
    { id: "org_initech", name: "Initech Inc", deploymentId: "44", suspended: true },
  ],
]);

// What each role may do in the desk. One that is missing here gets no ticket at all.
export const CAPABILITIES = {
  manager: ["keys:read", "keys:create", "keys:update", "keys:rotate", "keys:revoke"],
  viewer: ["keys:read"],
};

export const PEOPLE = new Map([
  ["ada", { id: "usr_ada", name: "Ada Lindqvist", tenantId: "acme", role: "manager" }],
  ["ben", { id: "usr_ben", name: "Ben Okafor", tenantId: "acme", role: "viewer" }],
  ["cleo", { id: "usr_cleo", name: "Cleo Marsh", tenantId: "acme", role: "member" }],
  [
    "mallory",
    { id: "usr_mallory", name: "Mallory Quint", tenantId: "globex", role: "manager" },
  ],
  ["sam", { id: "usr_sam", name: "Sam Ortega", tenantId: "initech", role: "manager" }],
]);

export const REPORTS = new Map([
  ["org_acme", [{ id: "rep_1041", title: "Orders by region" }]],
  ["org_globex", [{ id: "rep_2007", title: "Turbine hours" }]],
]);
