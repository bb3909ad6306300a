// The first page: what is featured, the ways in, what else there is.
import type { ReactNode } from "react";
import { useQuery } from "urql";
import { HomeDocument, type HomeQuery, type ProductCardFragment } from "../graphql/graphql";
import { Loaded } from "../parts";
import { GridSkeleton, Picture, ProductGrid } from "../product-card";
import { Link, Page } from "../routing";

export function HomePage(): ReactNode {
  const response = useQuery({ query: HomeDocument });
  return (
    <Page title="Entrepot" className="home">
      <Loaded response={response} skeleton={<HomeSkeleton />}>
        {(data) => <HomeContent data={data} />}
      </Loaded>
    </Page>
  );
}

/** One product of each category after the other. */
function pickOthers(categories: HomeQuery["categories"]): ProductCardFragment[] {
  return [0, 1].flatMap((row) => categories.flatMap(({ products }) => products.edges[row]?.node ?? [])).slice(0, 8);
}

function HomeContent({ data: { featured, categories } }: { data: HomeQuery }): ReactNode {
  const products = featured.edges.map(({ node }) => node);
  const others = pickOthers(categories);
  return (
    <>
      <section className="hero">
        <div className="hero-text">
          <h1>Good things, straight from the quay.</h1>
          <p>Chosen with care, kept in stock, sent from the warehouse by the harbour.</p>
          {categories[0] && (
            <Link to={`/category/${categories[0].slug}`} className="button button-large">
              Shop {categories[0].name.toLowerCase()}
            </Link>
          )}
        </div>
        <ul className="hero-pictures" aria-label="Featured">
          {products.slice(0, 3).map((product) => (
            <li key={product.id}>
              <Link to={`/product/${product.slug}`}>
                <Picture image={product.images[0]} isEager />
                <span>{product.name}</span>
              </Link>
            </li>
          ))}
        </ul>
      </section>

      <section aria-labelledby="ways">
        <h2 id="ways">Shop by category</h2>
        <ul className="tiles">
          {categories.map((category) => (
            <li key={category.id}>
              <Link to={`/category/${category.slug}`} className="tile">
                <Picture image={category.image && { ...category.image, altText: "" }} />
                <span className="tile-name">{category.name}</span>
                <span className="tile-more">{category.children.map(({ name }) => name).join(" · ")}</span>
              </Link>
            </li>
          ))}
        </ul>
      </section>

      <section aria-labelledby="featured">
        <h2 id="featured">Featured</h2>
        <ProductGrid products={products} />
      </section>

      {others.length > 0 && (
        <section aria-labelledby="more">
          <h2 id="more">More to discover</h2>
          <ProductGrid products={others} />
        </section>
      )}
    </>
  );
}

function HomeSkeleton(): ReactNode {
  return (
    <>
      <div className="hero skeleton" />
      <GridSkeleton count={4} />
    </>
  );
}
