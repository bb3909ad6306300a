// The way from the first page to here.
import { Fragment, type ReactNode } from "react";
import { Link } from "./routing";

interface BreadcrumbsProps {
  readonly categories: readonly { readonly slug: string; readonly name: string }[];
  readonly here: string;
}

export function Breadcrumbs({ categories, here }: BreadcrumbsProps): ReactNode {
  return (
    <nav aria-label="Breadcrumbs" className="breadcrumbs">
      <ol>
        <li>
          <Link to="/">Home</Link>
        </li>
        {categories.map(({ slug, name }) => (
          <Fragment key={slug}>
            <li>
              <Link to={`/category/${slug}`}>{name}</Link>
            </li>
          </Fragment>
        ))}
        <li aria-current="page">{here}</li>
      </ol>
    </nav>
  );
}
