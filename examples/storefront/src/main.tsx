// Puts the pages together: which path shows which.
import { type ReactNode, StrictMode } from "react";
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
import { match, usePath } from "./routing";
import { Shell } from "./shell";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";

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

function CurrentPage(): ReactNode {
  const path = usePath();
  for (const [pattern, show] of pages) {
    const value = match(pattern, path);
    if (value !== null) return show(value);
  }
  return <MissingPage />;
}

function App(): ReactNode {
  const graph = useGraph();
  return (
    <Provider value={graph}>
      <CartProvider>
        <Shell>
          <CurrentPage />
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
