// Apollo Client: queries, mutations, subscriptions over multipart HTTP, and documents by their hash.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";

import { httpUrl, options, recordFetch, run } from "./program.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function build(link) {
  return new ApolloClient({ cache: new InMemoryCache(), link, defaultOptions: { query: { fetchPolicy: "no-cache" } } });
}

async function query(client, { query, variables }) {
  const { data, error } = await client.query({ query: gql(query), variables, errorPolicy: "all" });
  return { data: data ?? null, error: error?.message ?? null };
}

await run({
  async operations() {
    const client = build(new HttpLink({ uri: httpUrl }));
    const queried = await query(client, options.query);
    const { mutation, variables } = options.mutation;
    const mutated = await client.mutate({ mutation: gql(mutation), variables });
    const events = [];
    await new Promise((complete, error) => {
      const subscription = client.subscribe({ query: gql(options.subscription) });
      subscription.subscribe({ next: (result) => events.push(result.data), complete, error });
    });
    return { queried, mutated: mutated.data, events };
  },
  /** What the client holds each time that a part of an answer has come. */
  async deferred() {
    const Handler = { "20220824": Defer20220824Handler, "v0.2": GraphQL17Alpha9Handler }[options.format];
    const link = new HttpLink({ uri: httpUrl });
    const client = new ApolloClient({ cache: new InMemoryCache(), link, incrementalHandler: new Handler() });
    const states = [];
    await new Promise((resolve, reject) => {
      client.watchQuery({ query: gql(options.query) }).subscribe({
        next: ({ data, dataState }) => {
          if (dataState !== "empty") states.push({ data, isWhole: dataState === "complete" });
          if (dataState === "complete") resolve();
        },
        error: reject,
      });
    });
    return states;
  },
  /** The same query again and again by automatic persisted queries, and what went over the wire for it. */
  async automatic() {
    const sent = [];
    const http = new HttpLink({ uri: httpUrl, fetch: recordFetch(sent) });
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: options.useGet ?? false });
    const client = build(ApolloLink.from([persisted, http]));
    const results = [];
    for (const operation of options.queries) results.push(await query(client, operation));
    return { results, sent };
  },
  /** Operations of a manifest, asked for by their ids alone. */
  async manifest() {
    const sent = [];
    const http = new HttpLink({ uri: httpUrl, fetch: recordFetch(sent) });
    const loadManifest = async () => JSON.parse(readFileSync(options.manifest, "utf-8"));
    const persisted = new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest }));
    const client = build(ApolloLink.from([persisted, http]));
    const results = [];
    for (const operation of options.queries) results.push(await query(client, operation));
    return { results, sent };
  },
  /** Queries of one moment, sent as one request. */
  async batch() {
    const sent = [];
    const link = new BatchHttpLink({ uri: httpUrl, batchMax: 10, batchInterval: 20, fetch: recordFetch(sent) });
    const client = build(link);
    const results = await Promise.all(options.queries.map((operation) => query(client, operation)));
    return { results, sent };
  },
});
