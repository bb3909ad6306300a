// What GraphiQL calls to run an operation: HTTP for queries and mutations, a WebSocket for subscriptions.
import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import type { DocumentNode } from "graphql";
import { authorization, sendOperation } from "./http";
import { chooseOperation } from "./operations";
import type { Plans } from "./plans";
import type { Session } from "./session";
import type { Observer, Subscribe } from "./subscriptions";

export interface FetcherParts {
  readonly endpoint: string;
  readonly session: Session;
  readonly plans: Plans;
  readonly subscribe: Subscribe;
}

/** Builds GraphiQL's fetcher. Headers of the headers editor come last, so that they win over the session's. */
export function buildFetcher({ endpoint, session, plans, subscribe }: FetcherParts): Fetcher {
  return async (parameters, options) => {
    const { name, isSubscription } = chooseOperation(parameters.query, parameters.operationName);
    const operation = { ...parameters, operationName: name };
    if (isSubscription) {
      return { subscribe: (observer: unknown) => ({ unsubscribe: subscribe(operation, readObserver(observer)) }) };
    }
    const planHeaders = isIntrospection(parameters, options?.documentAST) ? {} : plans.headers();
    const headers = { ...authorization(await session.token()), ...planHeaders, ...lowerNames(options?.headers) };
    const answer = await sendOperation(endpoint, operation, headers).catch((reason: Error) => {
      // GraphiQL prints the stack of an Error, which says nothing to its user.
      throw { message: reason.message };
    });
    return Object.keys(planHeaders).length > 0 ? plans.take(answer) : answer;
  };
}

/** Header names compare without case: one spelling, or the browser would send both values. */
export function lowerNames(headers: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** GraphiQL introspects through the same fetcher, without handing over a document. */
function isIntrospection(operation: FetcherParams, document: DocumentNode | undefined): boolean {
  return document === undefined && operation.operationName === "IntrospectionQuery";
}

/** GraphiQL always subscribes with an observer object, though the type of its fetcher allows three functions. */
function readObserver(value: unknown): Observer {
  return value as Observer;
}
