// The composition root: configuration -> session, fetcher, plugins -> GraphiQL.
import "./workers";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./styles.css";
import "./graphiql.css";
import "./narrow.css";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";
import { readConfig, webSocketAddress } from "./config";
import { buildFetcher } from "./fetcher";
import { Filling } from "./filling";
import { Plans } from "./plans";
import { FilledNote } from "./plugins/filled-note";
import { Layout } from "./plugins/layout";
import { buildLoginPlugin } from "./plugins/login";
import { buildPlanPlugin } from "./plugins/plan";
import { Responses } from "./responses";
import { Session } from "./session";
import { buildSubscribe } from "./subscriptions";
import { buildTabs } from "./tabs";

const VISIBLE_PLUGIN_KEY = "graphiql:visiblePlugin";
/** Where GraphiQL keeps how wide the panel on the left is, as a share of the rest. */
const PANEL_WIDTH_KEY = "graphiql:docExplorerFlex";

function start(container: HTMLElement): void {
  const config = readConfig(document);
  document.title = config.title;
  const session = new Session(config);
  const plans = new Plans();
  const subscribe = buildSubscribe(webSocketAddress(config.subscriptionEndpoint, location), session);
  const responses = new Responses();
  const filling = new Filling(responses, config.lookups);
  const { endpoint, defaultTabs } = config;
  const fetcher = buildFetcher({ endpoint, session, plans, subscribe, responses, filling, tabs: defaultTabs });
  const loginPlugin = buildLoginPlugin(config, session);
  const plugins = [loginPlugin, buildPlanPlugin(endpoint, session, plans), explorerPlugin(), HISTORY_PLUGIN];
  const isFirstVisit = localStorage.getItem(VISIBLE_PLUGIN_KEY) === null;
  // Narrower than GraphiQL's own third, so that the operations of the tabs fit beside it.
  if (localStorage.getItem(PANEL_WIDTH_KEY) === null) localStorage.setItem(PANEL_WIDTH_KEY, "0.25");
  const tabs = buildTabs(defaultTabs);

  createRoot(container).render(
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      visiblePlugin={isFirstVisit ? loginPlugin : undefined}
      defaultTabs={tabs}
      // GraphiQL opens the first of the default tabs without its variables.
      initialVariables={isFirstVisit ? (tabs[0]?.variables ?? undefined) : undefined}
      defaultEditorToolsVisibility
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <span className="explorer-title">{config.title}</span>
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <FilledNote filling={filling} />
      </GraphiQL.Footer>
      <Layout root={container} loginPlugin={loginPlugin} />
    </GraphiQL>,
  );
}

/** Without a readable configuration there is nothing to start: say why where the explorer would be. */
function showFailure(container: HTMLElement, reason: unknown): void {
  container.setAttribute("role", "alert");
  container.className = "explorer-failure";
  container.textContent = reason instanceof Error ? reason.message : String(reason);
}

const container = document.getElementById("explorer") ?? document.body.appendChild(document.createElement("div"));
try {
  start(container);
} catch (reason) {
  showFailure(container, reason);
}
