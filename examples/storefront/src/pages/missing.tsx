// What is shown at an address that leads nowhere.
import type { ReactNode } from "react";
import { Empty } from "../parts";
import { Link, Page } from "../routing";

export function Missing({ what = "page" }: { what?: string }): ReactNode {
  return (
    <Empty title={`There is no such ${what}`}>
      <p>The link may be old, or mistyped.</p>
      <Link to="/" className="button">
        To the shop
      </Link>
    </Empty>
  );
}

export function MissingPage(): ReactNode {
  return (
    <Page title="Not found">
      <Missing />
    </Page>
  );
}
