// Hive Gateway in front of many supergraphs in one process.
// Usage: node serve_suites.mjs FILE, of JSON: {name: supergraph SDL}. Prints {name: address} when all listen.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway";

const addresses = {};
for (const [name, supergraph] of Object.entries(JSON.parse(readFileSync(process.argv[2], "utf8")))) {
  const gateway = createGatewayRuntime({
    supergraph,
    logging: false,
    landingPage: false,
    // Every request is to be counted, whether or not one like it is on its way.
    transportEntries: { "*.http": { options: { deduplicateInflightRequests: false } } },
  });
  const server = createServer(gateway);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  addresses[name] = `http://127.0.0.1:${server.address().port}/graphql`;
}
console.log(JSON.stringify(addresses));
