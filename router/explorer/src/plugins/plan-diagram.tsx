// Draws the JSON form of a query plan as nested boxes.
import type { ReactNode } from "react";

interface PlanNode {
  readonly kind: string;
  readonly [key: string]: unknown;
}

interface Branch {
  readonly label: string | null;
  readonly node: PlanNode;
}

export function PlanDiagram({ plan }: { readonly plan: unknown }) {
  if (!isPlanNode(plan)) return <p>The plan came without its JSON form.</p>;
  return (
    <div className="explorer-plan" data-testid="plan-diagram">
      <PlanBox node={plan} isRoot />
    </div>
  );
}

interface PlanBoxProps {
  readonly node: PlanNode;
  /** The whole plan, whose kind is that of its operation: it is only the frame of the others. */
  readonly isRoot?: boolean;
}

function PlanBox({ node, isRoot = false }: PlanBoxProps) {
  const branches = readBranches(node);
  return (
    <div
      role="group"
      aria-label={nameOf(node)}
      className="explorer-node"
      data-kind={node.kind}
      data-root={isRoot || undefined}
      data-testid={`plan-${node.kind.toLowerCase()}`}
    >
      {!isRoot && (
        <div className="explorer-node-head">
          <span className="explorer-kind">{node.kind}</span>
          {typeof node.subgraph === "string" && <strong>{node.subgraph}</strong>}
          <Condition node={node} />
        </div>
      )}
      {readPaths(node).map((path) => (
        <code key={path} className="explorer-path">
          {path}
        </code>
      ))}
      {typeof node.operation === "string" && (
        <details>
          <summary>Operation</summary>
          <pre>{node.operation}</pre>
        </details>
      )}
      {branches.length > 0 && (
        <div className="explorer-branches">
          {branches.map(({ label, node: child }, index) => (
            <div key={index} className="explorer-branch">
              {label !== null && <small>{label}</small>}
              <PlanBox node={child} />
            </div>
          ))}
        </div>
      )}
      {isRoot && branches.length === 0 && <p>Nothing is fetched: the router answers this itself.</p>}
    </div>
  );
}

function Condition({ node }: { readonly node: PlanNode }): ReactNode {
  const condition = node.condition ?? node.conditions;
  if (condition === undefined || condition === null) return null;
  return <code>{typeof condition === "string" ? condition : JSON.stringify(condition)}</code>;
}

/** The nodes below a node, in the order of its keys; single ones are labelled by their key (`ifClause`: "if"). */
function readBranches(node: PlanNode): Branch[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const children = (Array.isArray(value) ? value : [value]).filter(isPlanNode);
    const label = Array.isArray(value) || UNLABELLED.has(key) ? null : key.replace(/Clause$/, "");
    return children.map((child) => ({ label, node: child }));
  });
}

const UNLABELLED = new Set(["node", "root", "step"]);

function readPaths(node: PlanNode): string[] {
  const paths = Array.isArray(node.paths) ? node.paths : [];
  return [...new Set(paths.map((path) => (Array.isArray(path) ? path.join(".") : String(path))))];
}

function nameOf(node: PlanNode): string {
  return typeof node.subgraph === "string" ? `${node.kind} ${node.subgraph}` : node.kind;
}

function isPlanNode(value: unknown): value is PlanNode {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}
