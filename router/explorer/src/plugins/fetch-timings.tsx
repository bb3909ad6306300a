// The fetches that an executed operation made, with a bar for the time of each.
import type { FetchReport } from "../plans";

export function FetchTimings({ fetches }: { readonly fetches: readonly FetchReport[] }) {
  const longest = Math.max(...fetches.map((fetch) => fetch.milliseconds ?? 0), 0.001);
  return (
    <table className="explorer-timings" data-testid="plan-timings">
      <thead>
        <tr>
          <th scope="col">Subgraph</th>
          <th scope="col">Status</th>
          <th scope="col">Entities</th>
          <th scope="col">Time</th>
        </tr>
      </thead>
      <tbody>
        {fetches.map(({ subgraph, status, representations, milliseconds }, index) => (
          <tr key={index}>
            <th scope="row">{subgraph}</th>
            <td>{status ?? "–"}</td>
            <td>{representations || "–"}</td>
            <td>
              {milliseconds === undefined || milliseconds === null ? "–" : `${milliseconds.toFixed(1)} ms`}
              <div className="explorer-bar" style={{ width: `${(100 * (milliseconds ?? 0)) / longest}%` }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
