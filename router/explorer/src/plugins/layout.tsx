// What GraphiQL's own layout lacks: wrapped lines, the newest event in sight, and one panel at a time on a phone.
import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions, useMonaco } from "@graphiql/react";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { isExpression } from "../expressions";

type Panel = "query" | "variables" | "response" | "plugin";

interface LayoutProps {
  /** The element that holds the explorer; styles.css shows one panel of it by `data-panel` when it is narrow. */
  readonly root: HTMLElement;
  readonly loginPlugin: GraphiQLPlugin;
}

export function Layout({ root, loginPlugin }: LayoutProps) {
  useWrappedLines();
  useNewestEventInSight();
  useExpressionsOfAnyType();
  return <PanelSwitch root={root} loginPlugin={loginPlugin} />;
}

/** Seen on narrow screens only; inside GraphiQL's container, where its theme's colours hold. */
function PanelSwitch({ root, loginPlugin }: LayoutProps) {
  const [panel, setPanel] = useState<Panel>("query");
  const [container, setContainer] = useState<Element | null>(null);
  const { setVisiblePlugin } = useGraphiQLActions();
  const { visiblePlugin, isFetching, activeTabIndex } = useGraphiQL(
    pick("visiblePlugin", "isFetching", "activeTabIndex"),
  );
  useEffect(() => setContainer(root.querySelector(".graphiql-container")), [root]);
  useEffect(() => {
    root.dataset.panel = panel;
  }, [root, panel]);
  // Running an operation brings its response into view; opening another tab, its query.
  useEffect(() => {
    if (isFetching) setPanel("response");
  }, [isFetching]);
  useEffect(() => setPanel("query"), [activeTabIndex]);

  const showPlugin = () => {
    if (visiblePlugin === null) setVisiblePlugin(loginPlugin);
    setPanel("plugin");
  };
  const choices: readonly (readonly [Panel, string, () => void])[] = [
    ["query", "Query", () => setPanel("query")],
    ["variables", "Variables", () => setPanel("variables")],
    ["response", "Response", () => setPanel("response")],
    ["plugin", visiblePlugin?.title ?? loginPlugin.title, showPlugin],
  ];
  if (container === null) return null;
  return createPortal(
    <nav className="explorer-switch" aria-label="Panels" data-testid="panel-switch">
      {choices.map(([name, label, choose]) => (
        <button key={name} type="button" aria-pressed={panel === name} data-panel={name} onClick={choose}>
          {label}
        </button>
      ))}
    </nav>,
    container,
  );
}

function useWrappedLines(): void {
  const { queryEditor, variableEditor } = useGraphiQL(pick("queryEditor", "variableEditor"));
  useEffect(() => {
    for (const editor of [queryEditor, variableEditor]) editor?.updateOptions({ wordWrap: "on", wrappingIndent: "indent" });
  }, [queryEditor, variableEditor]);
}

/** While a subscription is open, the response editor follows the end of its list. */
function useNewestEventInSight(): void {
  const { responseEditor, subscription } = useGraphiQL(pick("responseEditor", "subscription"));
  useEffect(() => {
    if (responseEditor === undefined || subscription === null) return undefined;
    const reveal = () => responseEditor.revealLine(responseEditor.getModel()?.getLineCount() ?? 1);
    const following = responseEditor.onDidChangeModelContent(reveal);
    return () => following.dispose();
  }, [responseEditor, subscription]);
}

/** An expression is text where a number may be wanted: the variables editor does not mark it as a mistake. */
function useExpressionsOfAnyType(): void {
  const { variableEditor } = useGraphiQL(pick("variableEditor"));
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    const model = variableEditor?.getModel();
    if (!monaco || !model) return undefined;
    const following = monaco.editor.onDidChangeMarkers(() => {
      const markers = monaco.editor.getModelMarkers({ owner: "json", resource: model.uri });
      const mistakes = markers.filter((marker) => !isExpression(model.getValueInRange(marker)));
      if (mistakes.length < markers.length) monaco.editor.setModelMarkers(model, "json", mistakes);
    });
    return () => following.dispose();
  }, [monaco, variableEditor]);
}
