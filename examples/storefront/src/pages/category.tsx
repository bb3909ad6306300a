// A category: the way to it, what is below it, its products by price.
import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { Breadcrumbs } from "../breadcrumbs";
import { CURRENCY, parseAmount } from "../format";
import { CategoryDocument, type CategoryQuery, FilteredProductsDocument } from "../graphql/graphql";
import { Loaded } from "../parts";
import { PriceFilter } from "../price-filter";
import { GridSkeleton, Picture } from "../product-card";
import { PAGE_SIZE, ProductList } from "../product-list";
import { Link, Page, useQueryParameters } from "../routing";
import { Missing } from "./missing";

export function CategoryPage({ slug }: { slug: string }): ReactNode {
  const [after, setAfter] = useState<string | null>(null);
  const response = useQuery({ query: CategoryDocument, variables: { slug, first: PAGE_SIZE, after } });
  const [{ data, fetching }] = response;
  return (
    <Page title={data?.category?.name ?? (data ? "Not found" : "Category")}>
      <Loaded response={response} skeleton={<GridSkeleton count={8} />}>
        {({ category }) =>
          category ? (
            <CategoryContent category={category} isBusy={fetching} showMore={setAfter} />
          ) : (
            <Missing what="category" />
          )
        }
      </Loaded>
    </Page>
  );
}

interface CategoryContentProps {
  readonly category: NonNullable<CategoryQuery["category"]>;
  readonly isBusy: boolean;
  readonly showMore: (after: string) => void;
}

function CategoryContent({ category, isBusy, showMore }: CategoryContentProps): ReactNode {
  const parameters = useQueryParameters();
  const isFiltered = parameters.has("from") || parameters.has("to");
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
      <PriceFilter from={parameters.get("from")} to={parameters.get("to")} />
      {isFiltered ? (
        <FilteredList
          key={parameters.toString()}
          categoryId={category.id}
          from={parameters.get("from") ?? ""}
          to={parameters.get("to") ?? ""}
        />
      ) : (
        <ProductList page={category.products} isBusy={isBusy} showMore={showMore} />
      )}
    </>
  );
}

function FilteredList({ categoryId, from, to }: { categoryId: string; from: string; to: string }): ReactNode {
  const [after, setAfter] = useState<string | null>(null);
  const filter = {
    categoryId,
    currency: CURRENCY,
    minimumPrice: parseAmount(from, CURRENCY),
    maximumPrice: parseAmount(to, CURRENCY),
  };
  const response = useQuery({ query: FilteredProductsDocument, variables: { filter, first: PAGE_SIZE, after } });
  return (
    <Loaded response={response} skeleton={<GridSkeleton count={8} />}>
      {({ products }) =>
        products.edges.length > 0 ? (
          <ProductList page={products} isBusy={response[0].fetching} showMore={setAfter} />
        ) : (
          <p className="nothing" role="status">
            Nothing costs that. Choose other prices.
          </p>
        )
      }
    </Loaded>
  );
}
