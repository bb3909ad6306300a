// The query plan plugin: the plan of the operation at the cursor, as a diagram, as text, with timings when it ran.
import { Button, type GraphiQLPlugin, pick, tryParseJSONC, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect } from "react";
import { lowerNames } from "../fetcher";
import { replaceByPlaceholders } from "../filling";
import { authorization, type Operation, sendOperation } from "../http";
import { chooseOperation } from "../operations";
import { PLAN_HEADER, type PlanReport, type Plans, type PlanState } from "../plans";
import type { Session } from "../session";
import { useStore } from "../store";
import { FetchTimings } from "./fetch-timings";
import { PlanIcon } from "./icons";
import { PlanDiagram } from "./plan-diagram";
import { Timeline } from "./timeline";

interface PlanPanelProps {
  readonly endpoint: string;
  readonly session: Session;
  readonly plans: Plans;
}

export function buildPlanPlugin(endpoint: string, session: Session, plans: Plans): GraphiQLPlugin {
  const content = () => <PlanPanel endpoint={endpoint} session={session} plans={plans} />;
  return { title: "Query plan", icon: PlanIcon, content };
}

function PlanPanel({ endpoint, session, plans }: PlanPanelProps) {
  const state = useStore(plans.state);
  const isAlwaysIncluded = useStore(plans.isAlwaysIncluded);
  const { run } = useGraphiQLActions();
  const { queryEditor, variableEditor, headerEditor, operationName, documentAST, isFetching } = useGraphiQL(
    pick("queryEditor", "variableEditor", "headerEditor", "operationName", "documentAST", "isFetching"),
  );

  async function showPlan(): Promise<void> {
    plans.state.write({ kind: "pending" });
    try {
      const query = queryEditor?.getValue() ?? "";
      const operation: Operation = {
        query,
        operationName: chooseOperation(query, operationName).name,
        variables: await replaceByPlaceholders(tryParseJSONC(variableEditor?.getValue() ?? ""), query),
      };
      const own = lowerNames(tryParseJSONC(headerEditor?.getValue() ?? ""));
      const headers = { ...authorization(await session.token()), ...own, [PLAN_HEADER]: "only" };
      plans.record(await sendOperation(endpoint, operation, headers), false);
    } catch (reason) {
      plans.fail(reason instanceof Error ? reason.message : String(reason));
    }
  }
  // Read from the text; the store's document, which follows it, draws this panel anew.
  const { isSubscription } = chooseOperation(queryEditor?.getValue() ?? "", operationName);
  function runWithPlan(): void {
    plans.includeNext();
    run();
  }
  useEffect(() => {
    if (plans.state.read().kind === "empty" && (documentAST?.definitions.length ?? 0) > 0) void showPlan();
    // Once, when the tab is opened: afterwards the user decides when the router is asked.
  }, []);

  return (
    <section className="explorer-panel" aria-label="Query plan" data-testid="plan-panel">
      <h2 className="explorer-heading">Query plan</h2>
      <div className="explorer-row">
        <Button type="button" onClick={() => void showPlan()} disabled={state.kind === "pending"} data-testid="plan-show">
          Show plan
        </Button>
        <Button
          type="button"
          onClick={runWithPlan}
          disabled={isFetching || isSubscription}
          data-testid="plan-run"
        >
          Run with plan
        </Button>
      </div>
      <label className="explorer-check">
        <input
          type="checkbox"
          checked={isAlwaysIncluded}
          onChange={(event) => plans.isAlwaysIncluded.write(event.target.checked)}
          data-testid="plan-always"
        />
        Ask for the plan with every run
      </label>
      <div
        data-testid="plan-state"
        data-state={state.kind}
        data-executed={state.kind === "shown" ? state.isExecuted : undefined}
      >
        <PlanContent state={state} />
      </div>
    </section>
  );
}

function PlanContent({ state }: { readonly state: PlanState }) {
  switch (state.kind) {
    case "empty":
      return <p>“Show plan” asks the router how it would answer the operation at the cursor, without running it.</p>;
    case "pending":
      return <p role="status">Planning…</p>;
    case "failed":
      return (
        <p role="alert" className="explorer-error" data-testid="plan-error">
          {state.message}
        </p>
      );
    case "shown":
      return <Report report={state.report} isExecuted={state.isExecuted} />;
  }
}

function Report({ report, isExecuted }: { readonly report: PlanReport; readonly isExecuted: boolean }) {
  return (
    <>
      <p role="status">
        <small>{isExecuted ? "Of the operation that ran last." : "Planned only: nothing was executed."}</small>
      </p>
      <PlanDiagram plan={report.json} />
      {report.fetches.length > 0 && (
        <>
          <h3>Fetches</h3>
          <FetchTimings fetches={report.fetches} />
        </>
      )}
      {report.timings !== null && (
        <>
          <h3>Time</h3>
          <Timeline timings={report.timings} fetches={report.fetches} />
        </>
      )}
      {report.text !== null && (
        <>
          <h3>Text</h3>
          <pre className="explorer-code" tabIndex={0} aria-label="Plan as text" data-testid="plan-text">
            {report.text}
          </pre>
        </>
      )}
      {report.mermaid !== null && (
        <details>
          <summary>Mermaid source</summary>
          <pre className="explorer-code" tabIndex={0} aria-label="Plan as Mermaid source" data-testid="plan-mermaid">
            {report.mermaid}
          </pre>
        </details>
      )}
    </>
  );
}
