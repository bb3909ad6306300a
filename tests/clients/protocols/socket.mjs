// graphql-ws: operations over one WebSocket, and what becomes of connections that break the protocol.

import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { options, run, socketUrl } from "./program.mjs";

function connect(more = {}) {
  return createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: true,
    connectionParams: options.connectionParams,
    onNonLazyError: () => {},
    ...more,
  });
}

/** The results of an operation, all of them or the first `count`. */
async function collect(client, payload, count = Infinity) {
  const results = [];
  for await (const result of client.iterate(payload)) {
    results.push(result);
    if (results.length === count) break;
  }
  return results;
}

/** The code and reason that the server closes a connection with, after these messages. */
function closeAfter(messages) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(socketUrl, "graphql-transport-ws");
    socket.on("open", () => messages.forEach((message) => socket.send(JSON.stringify(message))));
    socket.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
    socket.on("error", reject);
  });
}

await run({
  /** All operations at the same time on one connection. */
  async operations() {
    let connections = 0;
    const client = connect({ lazyCloseTimeout: 1000, on: { connected: () => connections++ } });
    const results = await Promise.all(options.payloads.map((payload) => collect(client, payload)));
    await client.dispose();
    return { connections, results };
  },
  /** The first results of subscriptions that go on, all at the same time on one connection. */
  async taken() {
    const client = connect({ lazyCloseTimeout: 1000 });
    return Promise.all(options.payloads.map((payload) => collect(client, payload, options.count)));
  },
  /** A subscription that the server ends by closing the connection. */
  async closed() {
    let opened = false;
    const closing = new Promise((resolve) => {
      const client = connect({ on: { closed: ({ code, reason }) => resolve({ code, reason }) } });
      client.subscribe(options.payload, {
        next: () => {
          if (!opened) process.stderr.write("begun\n");
          opened = true;
        },
        error: () => {},
        complete: () => {},
      });
    });
    return { ...(await closing), opened };
  },
  /** Every status of an order, over as many connections as it takes: each goes on behind the position it knows. */
  async follow() {
    const seen = [];
    for (let breaks = 0; ; breaks++) {
      const client = connect();
      const variables = { id: options.order, after: seen.at(-1)?.position ?? 0 };
      try {
        for await (const { data } of client.iterate({ query: options.query, variables })) {
          seen.push(data.orderStatusChanged);
          if (options.final.includes(seen.at(-1).status)) return { seen, breaks };
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 200));
      } finally {
        await client.dispose();
      }
    }
  },
  closeAfter: () => closeAfter(options.messages),
});
