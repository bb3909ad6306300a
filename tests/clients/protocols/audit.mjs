// The audit of GraphQL over HTTP by the package graphql-http: every check with its verdict.

import { auditServer } from "graphql-http";

import { httpUrl, run } from "./program.mjs";

await run({
  async audit() {
    const results = await auditServer({ url: httpUrl, fetchFn: fetch });
    return results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null }));
  },
});
