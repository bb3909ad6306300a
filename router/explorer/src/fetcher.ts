// What GraphiQL calls to run an operation: HTTP for queries and mutations, a WebSocket for subscriptions.
import type { Fetcher, FetcherOpts, FetcherParams, Observable } from "@graphiql/toolkit";
import type { DocumentNode, ExecutionResult } from "graphql";
import type { DefaultTab } from "./config";
import { collectEvents } from "./events";
import type { Filling } from "./filling";
import { authorization, type Operation, sendOperation } from "./http";
import { chooseOperation } from "./operations";
import type { Plans } from "./plans";
import type { Responses } from "./responses";
import type { Session } from "./session";
import type { Observer, Subscribe } from "./subscriptions";

type Shown = ExecutionResult | Observable<ExecutionResult>;

export interface FetcherParts {
  readonly endpoint: string;
  readonly session: Session;
  readonly plans: Plans;
  readonly subscribe: Subscribe;
  readonly responses: Responses;
  readonly filling: Filling;
  readonly tabs: readonly DefaultTab[];
}

/** Builds GraphiQL's fetcher. Headers of the headers editor come last, so that they win over the session's. */
export function buildFetcher({ endpoint, session, plans, subscribe, responses, filling, tabs }: FetcherParts): Fetcher {
  const needsLogin = new Set(tabs.filter((tab) => tab.requiresLogin).map((tab) => tab.operation));

  async function run(parameters: FetcherParams, options: FetcherOpts | undefined): Promise<Shown> {
    const { name, isSubscription } = chooseOperation(parameters.query, parameters.operationName);
    const headers = { ...authorization(await session.token()), ...lowerNames(options?.headers) };
    const isIntrospecting = isIntrospection(parameters, options?.documentAST);
    if (name !== null && needsLogin.has(name) && !("authorization" in headers)) {
      throw new Error("Nothing was sent: this tab needs a login. Log in first, in the panel “Login” on the left.");
    }
    const planHeaders = isIntrospecting || isSubscription ? {} : plans.headers();
    const user = session.login.read()?.name ?? null;
    const variables = isIntrospecting
      ? parameters.variables
      : await filling.fill(parameters.variables, user, ({ operation, document }) =>
          sendOperation(endpoint, { query: document, operationName: operation }, headers),
        );
    const operation = { ...parameters, operationName: name, variables };
    const record = (response: ExecutionResult): void => responses.record(name, response, user);
    if (isSubscription) return openStream(subscribe, operation, record);
    const answer = await sendOperation(endpoint, operation, { ...planHeaders, ...headers });
    if (!isIntrospecting) record(answer);
    return Object.keys(planHeaders).length > 0 ? plans.take(answer) : answer;
  }

  return (parameters, options) =>
    run(parameters, options).catch((reason: Error) => {
      // GraphiQL prints the stack of an Error, which says nothing to its user.
      throw { message: reason.message };
    });
}

/** What GraphiQL subscribes to: lists of all events until now. */
function openStream(
  subscribe: Subscribe,
  operation: Operation,
  record: (response: ExecutionResult) => void,
): Shown {
  return {
    subscribe(target: unknown) {
      const events = collectEvents(readObserver(target));
      const next = (event: ExecutionResult): void => {
        record(event);
        events.next(event);
      };
      const unsubscribe = subscribe(operation, { ...events, next });
      return {
        unsubscribe() {
          events.stop();
          unsubscribe();
        },
      };
    },
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
