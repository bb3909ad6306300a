// A category: the way to it, what is below it, its products by price.
import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { Breadcrumbs } from "../breadcrumbs";
import { CURRENCY, parseAmount } from "../format";
import { CategoryDocument, type CategoryQuery, type ProductFilterInput } from "../graphql/graphql";
import { Loaded, useLatest } from "../parts";
import { PriceFilter } from "../price-filter";
import { GridSkeleton, Picture } from "../product-card";
import { PAGE_SIZE, ProductList } from "../product-list";
import { Link, Page, useQueryParameters } from "../routing";
import { Missing } from "./missing";

type Category = NonNullable<CategoryQuery["category"]>;

export function CategoryPage({ slug }: { slug: string }): ReactNode {
  const parameters = useQueryParameters();
  const filter = readFilter(parameters);
  // Another filter begins at its first page.
  const search = parameters.toString();
  const [page, setPage] = useState<{ search: string; after: string } | null>(null);
  const after = page?.search === search ? page.after : null;
  const [result, execute] = useQuery({ query: CategoryDocument, variables: { slug, filter, first: PAGE_SIZE, after } });
  // What surrounds the list stays while another one is loaded.
  const latest = useLatest(result.data);
  return (
    <Page title={latest?.category?.name ?? (latest ? "Not found" : "Category")}>
      <Loaded response={[{ ...result, data: latest }, execute]} skeleton={<GridSkeleton count={8} />}>
        {({ category }) =>
          category ? (
            <>
              <CategoryHead category={category} />
              <PriceFilter from={parameters.get("from")} to={parameters.get("to")} />
              <Loaded response={[result, execute]} skeleton={<GridSkeleton count={8} />}>
                {({ category: current }) =>
                  current && current.products.edges.length > 0 ? (
                    <ProductList
                      page={current.products}
                      isBusy={result.fetching}
                      showMore={(cursor) => setPage({ search, after: cursor })}
                    />
                  ) : (
                    <p className="nothing" role="status">
                      {search ? "Nothing costs that. Choose other prices." : "Nothing is here yet."}
                    </p>
                  )
                }
              </Loaded>
            </>
          ) : (
            <Missing what="category" />
          )
        }
      </Loaded>
    </Page>
  );
}

function readFilter(parameters: URLSearchParams): ProductFilterInput {
  return {
    currency: CURRENCY,
    minimumPrice: parseAmount(parameters.get("from") ?? "", CURRENCY),
    maximumPrice: parseAmount(parameters.get("to") ?? "", CURRENCY),
  };
}

function CategoryHead({ category }: { category: Category }): ReactNode {
  return (
    <>
      <Breadcrumbs categories={category.breadcrumbs.slice(0, -1)} here={category.name} />
      <h1>{category.name}</h1>
      {category.children.length > 0 && (
        <ul className="chips" aria-label={`Within ${category.name}`}>
          {category.children.map((child) => (
            <li key={child.id}>
              <Link to={`/category/${child.slug}`} className="chip">
                {child.image && <Picture image={{ ...child.image, altText: "" }} />}
                {child.name}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
