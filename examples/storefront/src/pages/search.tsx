// All products that match what was searched.
import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { SearchDocument } from "../graphql/graphql";
import { Empty, Loaded } from "../parts";
import { GridSkeleton } from "../product-card";
import { PAGE_SIZE, ProductList } from "../product-list";
import { Link, Page, useQueryParameters } from "../routing";

export function SearchPage(): ReactNode {
  const text = useQueryParameters().get("q")?.trim() ?? "";
  return <SearchResults key={text} text={text} />;
}

function SearchResults({ text }: { text: string }): ReactNode {
  const [after, setAfter] = useState<string | null>(null);
  const response = useQuery({
    query: SearchDocument,
    variables: { text, first: PAGE_SIZE, after },
    pause: text === "",
  });
  if (text === "") {
    return (
      <Page title="Search">
        <Empty title="What are you looking for?">
          <p>Type into the search field above.</p>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={`Search: ${text}`}>
      <h1>Results for “{text}”</h1>
      <Loaded response={response} skeleton={<GridSkeleton count={8} />}>
        {({ products }) =>
          products.edges.length > 0 ? (
            <ProductList page={products} isBusy={response[0].fetching} showMore={setAfter} />
          ) : (
            <div className="nothing" role="status">
              <p>Nothing matches. Try a shorter word, or look around.</p>
              <Link to="/" className="button button-quiet">
                To the shop
              </Link>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
