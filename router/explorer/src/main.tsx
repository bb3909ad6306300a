// The composition root: configuration -> session, fetcher, plugins -> GraphiQL.
import "./workers";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./styles.css";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";
import { readConfig, webSocketAddress } from "./config";
import { buildFetcher } from "./fetcher";
import { Plans } from "./plans";
import { buildLoginPlugin } from "./plugins/login";
import { buildPlanPlugin } from "./plugins/plan";
import { Session } from "./session";
import { buildSubscribe } from "./subscriptions";
import { buildTabs } from "./tabs";

const VISIBLE_PLUGIN_KEY = "graphiql:visiblePlugin";

function start(container: HTMLElement): void {
  const config = readConfig(document);
  document.title = config.title;
  const session = new Session(config);
  const plans = new Plans();
  const subscribe = buildSubscribe(webSocketAddress(config.subscriptionEndpoint, location), session);
  const fetcher = buildFetcher({ endpoint: config.endpoint, session, plans, subscribe });
  const loginPlugin = buildLoginPlugin(config, session);
  const plugins = [loginPlugin, buildPlanPlugin(config.endpoint, session, plans), explorerPlugin(), HISTORY_PLUGIN];
  const isFirstVisit = localStorage.getItem(VISIBLE_PLUGIN_KEY) === null;
  const tabs = buildTabs(config.defaultTabs);

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
