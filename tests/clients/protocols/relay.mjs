// Relay: an operation as its compiler leaves it when queries are persisted, an id and no text.

import relay from "relay-runtime";

import { httpUrl, options, recordFetch, run } from "./program.mjs";

const { Environment, fetchQuery, Network, RecordSource, Store } = relay;

/** The compiler's output for `query PersonQuery($first: Int) { people(first: $first) { id name } }`. */
function buildRequest(id) {
  const argumentDefinitions = [{ defaultValue: null, kind: "LocalArgument", name: "first" }];
  const scalar = (name) => ({ alias: null, args: null, kind: "ScalarField", name, storageKey: null });
  const selections = [{
    alias: null,
    args: [{ kind: "Variable", name: "first", variableName: "first" }],
    concreteType: "Person",
    kind: "LinkedField",
    name: "people",
    plural: true,
    selections: [scalar("id"), scalar("name")],
    storageKey: null,
  }];
  const name = "PersonQuery";
  return {
    fragment: { argumentDefinitions, kind: "Fragment", metadata: null, name, selections, type: "Query", abstractKey: null },
    kind: "Request",
    operation: { argumentDefinitions, kind: "Operation", name, selections },
    params: { id, metadata: {}, name, operationKind: "query", text: null },
  };
}

await run({
  async persisted() {
    const sent = [];
    const send = recordFetch(sent);
    const network = Network.create(async (params, variables) => {
      const body = JSON.stringify({ doc_id: params.id, variables });
      const headers = { "content-type": "application/json" };
      return (await send(httpUrl, { method: "POST", headers, body })).json();
    });
    const environment = new Environment({ network, store: new Store(new RecordSource()) });
    try {
      const data = await fetchQuery(environment, buildRequest(options.id), { first: 2 }).toPromise();
      return { data, sent };
    } catch (error) {
      return { data: null, error: error.message, sent };
    }
  },
});
