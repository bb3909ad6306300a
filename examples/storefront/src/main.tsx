// Puts the pages together: which path shows which.
import { Component, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { CartProvider } from "./cart";
import { useGraph } from "./graph";
import { AccountPage } from "./pages/account";
import { CartPage } from "./pages/cart";
import { CategoryPage } from "./pages/category";
import { CheckoutPage } from "./pages/checkout";
import { HomePage } from "./pages/home";
import { MissingPage } from "./pages/missing";
import { OrderPage } from "./pages/order";
import { ProductPage } from "./pages/product";
import { SearchPage } from "./pages/search";
import { Empty } from "./parts";
import { Page, match, usePath } from "./routing";
import { Shell } from "./shell";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/home.css";
import "./styles/catalog.css";
import "./styles/buying.css";
import "./styles/orders.css";

const pages: readonly (readonly [pattern: string, show: (value: string) => ReactNode])[] = [
  ["/", () => <HomePage />],
  ["/category/:slug", (slug) => <CategoryPage key={slug} slug={slug} />],
  ["/product/:slug", (slug) => <ProductPage key={slug} slug={slug} />],
  ["/search", () => <SearchPage />],
  ["/cart", () => <CartPage />],
  ["/checkout", () => <CheckoutPage />],
  ["/orders/:id", (id) => <OrderPage key={id} id={id} />],
  ["/account", () => <AccountPage />],
];

/** A page that fails leaves the rest of the shop usable. */
class Boundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Page title="Something went wrong">
        <Empty title="Something went wrong">
          <p>The fault is ours. Loading the page again may help.</p>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Load again
          </button>
        </Empty>
      </Page>
    );
  }
}

function CurrentPage({ path }: { path: string }): ReactNode {
  for (const [pattern, show] of pages) {
    const value = match(pattern, path);
    if (value !== null) return show(value);
  }
  return <MissingPage />;
}

function App(): ReactNode {
  const graph = useGraph();
  const path = usePath();
  return (
    <Provider value={graph}>
      <CartProvider>
        <Shell>
          <Boundary key={path}>
            <CurrentPage path={path} />
          </Boundary>
        </Shell>
      </CartProvider>
    </Provider>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
