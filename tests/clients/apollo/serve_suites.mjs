// Apollo Gateway in front of many supergraphs in one process.
// Usage: node serve_suites.mjs FILE, of JSON: {name: supergraph SDL}. Prints {name: address} when all listen.
import { readFileSync } from "node:fs";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const addresses = {};
for (const [name, supergraphSdl] of Object.entries(JSON.parse(readFileSync(process.argv[2], "utf8")))) {
  const gateway = new ApolloGateway({ supergraphSdl, logger: silent });
  const server = new ApolloServer({ gateway, logger: silent, stopOnTerminationSignals: false });
  const { url } = await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: 0 } });
  addresses[name] = url;
}
console.log(JSON.stringify(addresses));
