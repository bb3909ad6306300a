// Query plans as the router sends them in `extensions`, and the plan that the plan tab shows.
import type { ExecutionResult } from "graphql";
import { Store } from "./store";

export const PLAN_HEADER = "entrepot-query-plan";

export interface FetchReport {
  readonly subgraph: string;
  readonly representations?: number | null;
  readonly start?: number | null;
  readonly milliseconds?: number | null;
  readonly status?: number | string | null;
}

export interface StageReport {
  readonly stage: string;
  readonly start: number;
  readonly milliseconds: number;
}

export interface Timings {
  readonly milliseconds: number;
  readonly stages: readonly StageReport[];
}

export interface PlanReport {
  readonly text: string | null;
  readonly json: unknown;
  readonly mermaid: string | null;
  readonly fetches: readonly FetchReport[];
  readonly timings: Timings | null;
}

export type PlanState =
  | { readonly kind: "empty" }
  | { readonly kind: "pending" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "shown"; readonly report: PlanReport; readonly isExecuted: boolean };

/** What the plan tab shows, and whether the operations that GraphiQL runs ask for their plan. */
export class Plans {
  readonly state = new Store<PlanState>({ kind: "empty" });
  readonly isAlwaysIncluded = new Store(false);
  #isNextIncluded = false;

  includeNext(): void {
    this.#isNextIncluded = true;
  }

  /** The headers of an operation that is about to run. */
  headers(): Record<string, string> {
    const isIncluded = this.#isNextIncluded || this.isAlwaysIncluded.read();
    this.#isNextIncluded = false;
    return isIncluded ? { [PLAN_HEADER]: "include" } : {};
  }

  /** Takes the plan out of an answer; without one, says why there is none. */
  record(answer: ExecutionResult, isExecuted: boolean): void {
    const report = readPlanReport(answer);
    if (report !== null) this.state.write({ kind: "shown", report, isExecuted });
    else this.fail(answer.errors?.map((error) => error.message).join("\n") || "The answer holds no extensions.queryPlan.");
  }

  /** Records the plan and the fetches of an operation that ran; the answer without them is what the response editor shows. */
  take(answer: ExecutionResult): ExecutionResult {
    this.record(answer, true);
    const { extensions, ...rest } = answer;
    const { queryPlan: _plan, fetches: _fetches, timings: _timings, ...others } = extensions ?? {};
    return Object.keys(others).length > 0 ? { ...rest, extensions: others } : rest;
  }

  fail(message: string): void {
    this.state.write({ kind: "failed", message });
  }
}

function readPlanReport(answer: ExecutionResult): PlanReport | null {
  const plan = answer.extensions?.queryPlan as Partial<PlanReport> | null | undefined;
  const fetches = answer.extensions?.fetches;
  const timings = answer.extensions?.timings as Partial<Timings> | null | undefined;
  if (typeof plan !== "object" || plan === null) return null;
  return {
    text: typeof plan.text === "string" ? plan.text : null,
    json: plan.json ?? null,
    mermaid: typeof plan.mermaid === "string" ? plan.mermaid : null,
    fetches: Array.isArray(fetches) ? (fetches as FetchReport[]) : [],
    timings:
      typeof timings?.milliseconds === "number"
        ? { milliseconds: timings.milliseconds, stages: Array.isArray(timings.stages) ? timings.stages : [] }
        : null,
  };
}
