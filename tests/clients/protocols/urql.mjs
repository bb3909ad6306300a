// urql: queries, mutations, subscriptions over graphql-ws and server-sent events, and documents by their hash.

import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient as createEventsClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";

import { httpUrl, options, recordFetch, run, socketUrl } from "./program.mjs";

function build(exchanges, more = {}) {
  return new Client({ url: httpUrl, exchanges, preferGetMethod: false, ...more });
}

async function ask(client, { query, variables = {} }) {
  const { data, error } = await client.query(query, variables, { requestPolicy: "network-only" }).toPromise();
  return { data: data ?? null, error: error?.message ?? null };
}

function collect(client, query) {
  return new Promise((resolve) => {
    const events = [];
    client.subscription(query, {}).subscribe((result) => {
      // At the end urql repeats the last result, and says that there will be no next.
      if (!result.hasNext) resolve(result.error ? [...events, { error: result.error.message }] : events);
      else events.push(result.data);
    });
  });
}

function forward(transport) {
  return subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: transport.subscribe({ query: query ?? "", variables }, sink) }),
    }),
  });
}

/** All events of a subscription, until the exchange says that it is complete. */
function collectFrom(transport, query) {
  const events = [];
  return new Promise((resolve) => {
    const watched = {
      subscribe: (payload, sink) =>
        transport.subscribe(payload, { ...sink, complete: () => (sink.complete(), resolve(events)) }),
    };
    const client = build([fetchExchange, forward(watched)]);
    client.subscription(query, {}).subscribe(({ data, error, hasNext }) => {
      if (hasNext || error) events.push(error ? { error: error.message } : data);
    });
  });
}

await run({
  async operations() {
    const client = build([fetchExchange]);
    const queried = await ask(client, options.query);
    const { mutation, variables } = options.mutation;
    const mutated = await client.mutation(mutation, variables).toPromise();
    const socket = createSocketClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const events = createEventsClient({ url: httpUrl, retryAttempts: 0 });
    return {
      queried,
      mutated: mutated.data,
      bySocket: await collectFrom(socket, options.subscription),
      byEvents: await collectFrom(events, options.subscription),
      byFetch: await collect(build([fetchExchange], { fetchSubscriptions: true }), options.subscription),
    };
  },
  /** What the client holds each time that a part of an answer has come. */
  async deferred() {
    const client = build([fetchExchange]);
    return new Promise((resolve) => {
      const states = [];
      client.query(options.query, {}).subscribe(({ data, hasNext }) => {
        states.push({ data, isWhole: !hasNext });
        if (!hasNext) resolve(states);
      });
    });
  },
  /** The same query again and again by automatic persisted queries, and what went over the wire for it. */
  async automatic() {
    const sent = [];
    const exchange = persistedExchange({ preferGetForPersistedQueries: options.useGet ? "force" : false });
    const client = build([exchange, fetchExchange], { fetch: recordFetch(sent) });
    const results = [];
    for (const operation of options.queries) results.push(await ask(client, operation));
    return { results, sent };
  },
  /** A document as build tools leave it when they persist it: its identifier and nothing else. */
  async identified() {
    // In any other environment urql reads the kind of the operation off its text, to check it.
    process.env.NODE_ENV = "production";
    const sent = [];
    const client = build([fetchExchange], { fetch: recordFetch(sent) });
    const document = { kind: "Document", definitions: [], documentId: options.documentId };
    const { data, error } = await client.query(document, options.variables).toPromise();
    return { data: data ?? null, error: error?.message ?? null, sent };
  },
});
