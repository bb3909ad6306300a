// graphql-sse in its distinct connections mode: each operation is a request of its own.

import { createClient } from "graphql-sse";

import { httpUrl, options, run } from "./program.mjs";

await run({
  async operations() {
    const client = createClient({ url: httpUrl, headers: options.headers, retryAttempts: 0, singleConnection: false });
    return Promise.all(options.payloads.map(async (payload) => {
      const results = [];
      for await (const result of client.iterate(payload)) results.push(result);
      return results;
    }));
  },
});
