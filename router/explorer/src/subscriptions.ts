// Subscriptions over one WebSocket (graphql-transport-ws), which follows the session's token.
import type { ExecutionResult } from "graphql";
import { createClient } from "graphql-ws";
import type { Operation } from "./http";
import type { Session } from "./session";

export interface Observer {
  next(answer: ExecutionResult): void;
  error(reason: unknown): void;
  complete(): void;
}

export type Subscribe = (operation: Operation, observer: Observer) => () => void;

/** Opens the socket at the first subscription; a login or logout reconnects, and running subscriptions go on. */
export function buildSubscribe(address: string, session: Session): Subscribe {
  let isOpening = false;
  const client = createClient({
    url: address,
    connectionParams: async () => {
      isOpening = true;
      const token = await session.token().finally(() => (isOpening = false));
      return token === null ? {} : { Authorization: `Bearer ${token}` };
    },
    retryAttempts: 5,
    retryWait: (attempt) => new Promise((resolve) => setTimeout(resolve, attempt === 0 ? 0 : 2 ** attempt * 500)),
  });
  session.login.follow(() => {
    // A token that is renewed for the socket now opening needs no second socket.
    if (!isOpening) client.terminate();
  });
  return ({ query, operationName, variables }, observer) =>
    client.subscribe({ query, operationName, variables } as Parameters<typeof client.subscribe>[0], {
      next: (answer) => observer.next(answer as ExecutionResult),
      error: (reason) => observer.error(describeFailure(reason)),
      complete: () => observer.complete(),
    });
}

/** A socket that closes reports an event without a message: say its code and reason instead. */
function describeFailure(reason: unknown): unknown {
  if (typeof reason !== "object" || reason === null || !("code" in reason)) {
    return reason instanceof Event ? { message: "The WebSocket could not be opened." } : reason;
  }
  const { code, reason: text } = reason as { code: number; reason?: string };
  return { message: `The WebSocket was closed: ${code} ${text || "without a reason"}.` };
}
