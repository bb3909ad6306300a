// What a request waited for, drawn along one axis of time: what the router had to compute, and each fetch.
import type { FetchReport, Timings } from "../plans";

interface Span {
  readonly kind: "stage" | "fetch";
  readonly name: string;
  readonly start: number;
  readonly milliseconds: number;
}

interface TimelineProps {
  readonly timings: Timings;
  readonly fetches: readonly FetchReport[];
}

export function Timeline({ timings, fetches }: TimelineProps) {
  const spans = listSpans(timings, fetches);
  const whole = Math.max(timings.milliseconds, 0.001);
  return (
    <figure className="explorer-timeline" data-testid="plan-timeline">
      <figcaption>
        <small>
          {timings.milliseconds.toFixed(1)} ms in all. Stages that are not drawn were found done by an earlier request.
        </small>
      </figcaption>
      <ol>
        {spans.map(({ kind, name, start, milliseconds }, index) => (
          <li key={index} data-kind={kind} data-testid={`timeline-${kind}`}>
            <span>{name}</span>
            <span>{milliseconds.toFixed(1)} ms</span>
            <div className="explorer-track">
              <div
                className="explorer-bar"
                style={{ marginLeft: `${(100 * start) / whole}%`, width: `${(100 * milliseconds) / whole}%` }}
              />
            </div>
          </li>
        ))}
      </ol>
    </figure>
  );
}

function listSpans(timings: Timings, fetches: readonly FetchReport[]): Span[] {
  const stages = timings.stages.map(({ stage, start, milliseconds }): Span => {
    return { kind: "stage", name: stage.replaceAll("_", " "), start, milliseconds };
  });
  const asked = fetches.map(({ subgraph, start, milliseconds }): Span => {
    return { kind: "fetch", name: subgraph, start: start ?? 0, milliseconds: milliseconds ?? 0 };
  });
  return [...stages, ...asked].sort((one, other) => one.start - other.start);
}
