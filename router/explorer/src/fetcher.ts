// What GraphiQL calls to run an operation: HTTP for queries and mutations, a WebSocket for subscriptions.
import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { type DocumentNode, type ExecutionResult, Kind, OperationTypeNode } from "graphql";
import { authorization, sendOperation } from "./http";
import type { Plans } from "./plans";
import type { Session } from "./session";
import type { Subscribe } from "./subscriptions";

export interface FetcherParts {
  readonly endpoint: string;
  readonly session: Session;
  readonly plans: Plans;
  readonly subscribe: Subscribe;
}

/** Builds GraphiQL's fetcher. Headers of the headers editor come last, so that they win over the session's. */
export function buildFetcher({ endpoint, session, plans, subscribe }: FetcherParts): Fetcher {
  return async (operation, options) => {
    if (isSubscription(options?.documentAST, operation.operationName)) {
      return { subscribe: (observer: unknown) => ({ unsubscribe: subscribe(operation, readObserver(observer)) }) };
    }
    const planHeaders = isIntrospection(operation, options?.documentAST) ? {} : plans.headers();
    const headers = { ...authorization(await session.token()), ...planHeaders, ...lowerNames(options?.headers) };
    const answer = await sendOperation(endpoint, operation, headers);
    if (Object.keys(planHeaders).length > 0) plans.record(answer, true);
    return answer;
  };
}

/** Whether the operation of that name (or the only one) is a subscription. */
export function isSubscription(document: DocumentNode | undefined, name: string | null | undefined): boolean {
  const operations = (document?.definitions ?? []).filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const operation = operations.find((node) => node.name?.value === name) ?? operations[0];
  return operation?.operation === OperationTypeNode.SUBSCRIPTION;
}

/** Header names compare without case: one spelling, or the browser would send both values. */
export function lowerNames(headers: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** GraphiQL introspects through the same fetcher, without handing over a document. */
function isIntrospection(operation: FetcherParams, document: DocumentNode | undefined): boolean {
  return document === undefined && operation.operationName === "IntrospectionQuery";
}

interface GraphiQLObserver {
  next(answer: ExecutionResult): void;
  error(reason: unknown): void;
  complete(): void;
}

/** GraphiQL always subscribes with an observer object, though the type of its fetcher allows three functions. */
function readObserver(value: unknown): GraphiQLObserver {
  return value as GraphiQLObserver;
}
