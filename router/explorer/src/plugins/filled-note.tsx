// The note below the response: which variables were filled in, and where their values came from.
import { pick, useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";
import type { Filling } from "../filling";
import { useStore } from "../store";

export function FilledNote({ filling }: { readonly filling: Filling }) {
  const filled = useStore(filling.filled);
  const { activeTabIndex } = useGraphiQL(pick("activeTabIndex"));
  // The note is of the operation that ran last, so it goes when another tab is opened.
  useEffect(() => filling.filled.write([]), [activeTabIndex, filling]);
  if (filled.length === 0) return null;
  return (
    <section className="explorer-filled" role="status" aria-label="Variables filled in" data-testid="filled-note">
      <h2>Filled in when this ran</h2>
      <dl>
        {filled.map(({ variable, value, origin }) => (
          <div key={variable} data-testid="filled-value" data-variable={variable}>
            <dt>{variable}</dt>
            <dd>
              <code>{typeof value === "string" ? value : JSON.stringify(value)}</code> <small>{origin}</small>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
