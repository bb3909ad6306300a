// Composes with another composer: subgraphs come as JSON, a list a line; what it says of them goes out, a line each.
import { createInterface } from "node:readline";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";

function compose(subgraphs) {
  const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
  const { errors, hints, supergraphSdl } = composeServices(services);
  return {
    errors: (errors ?? []).map((error) => ({ code: error.extensions?.code ?? null, message: error.message })),
    hints: (hints ?? []).map((hint) => ({ code: hint.definition.code, message: hint.message })),
    supergraph: supergraphSdl ?? null,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = compose(JSON.parse(line));
  } catch (error) {
    // Its own fault, such as a stack overflow, or SDL that its parser refuses: said, not the end of the run.
    answer = { thrown: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
