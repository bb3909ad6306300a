// The tabs that a first visit opens, from the configuration.
import type { DefaultTab } from "./config";

const WELCOME = `# Type a query; Ctrl-Space completes, Ctrl-Enter runs it.
query FirstQuery {
  __typename
}
`;

export interface Tab {
  readonly query: string;
  readonly variables: string | null;
}

/** A tab is titled by its operation's name; a configured name stands above the query as a comment. */
export function buildTabs(tabs: readonly DefaultTab[]): Tab[] {
  if (tabs.length === 0) return [{ query: WELCOME, variables: null }];
  return tabs.map(({ name, query, variables }) => ({
    query: name === "" ? query : `# ${name.replaceAll(/\s+/g, " ")}\n${query}`,
    variables: variables || null,
  }));
}
