// What surrounds every page: skip link, header with navigation, search, account and cart, footer.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { countPieces, useCart } from "./cart";
import { pluralize } from "./format";
import { NavigationDocument, type NavigationQuery } from "./graphql/graphql";
import { EXPLORER } from "./graph";
import { Link, usePath } from "./routing";
import { SearchBox } from "./search-box";

export function Shell({ children }: { children: ReactNode }): ReactNode {
  const [{ data }] = useQuery({ query: NavigationDocument });
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="header">
        <div className="header-row">
          <Link to="/" className="brand">
            <svg viewBox="0 0 32 32" aria-hidden="true">
              <path d="M5 13.5 16 6l11 7.5V26H5z" />
              <path d="M11 26v-8h10v8M11 22h10" />
            </svg>
            Entrepot
          </Link>
          <Navigation categories={data?.categories ?? []} />
          <SearchBox />
          <Tools />
        </div>
      </header>
      {children}
      <Footer categories={data?.categories ?? []} />
      <Offline />
    </>
  );
}

function Tools(): ReactNode {
  const { viewer, cart } = useCart();
  const pieces = countPieces(cart);
  return (
    <div className="tools">
      <Link to="/account" className="tool" aria-label={viewer ? `Account of ${viewer.name}` : "Log in"}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="8" r="4" />
          <path d="M4 21c.8-4.2 4-6.4 8-6.4s7.2 2.2 8 6.4" />
        </svg>
        <span className="tool-text">{viewer ? viewer.name.split(" ")[0] : "Log in"}</span>
      </Link>
      <Link to="/cart" className="tool" aria-label={`Cart, ${pluralize(pieces, "item")}`}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 8h14l-1 13H6zM8.5 8V6.5a3.5 3.5 0 0 1 7 0V8" />
        </svg>
        {pieces > 0 && (
          <span className="count" key={pieces}>
            {pieces}
          </span>
        )}
      </Link>
    </div>
  );
}

type Categories = NavigationQuery["categories"];

/** The tree as menus that open by a button, one at a time. */
function Navigation({ categories }: { categories: Categories }): ReactNode {
  const [open, setOpen] = useState<string | null>(null);
  const nav = useRef<HTMLElement>(null);
  const path = usePath();
  useEffect(() => setOpen(null), [path]);
  useEffect(() => {
    if (open === null) return;
    const onPointer = (event: PointerEvent) => nav.current?.contains(event.target as Node) || setOpen(null);
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [open]);

  const panel = (
    <div className="menu" id="menu">
      {categories
        .filter(({ id }) => open === "all" || id === open)
        .map((category) => (
          <section key={category.id}>
            <Link to={`/category/${category.slug}`} className="menu-title">
              {open === "all" ? category.name : `All of ${category.name}`}
            </Link>
            <ul className="menu-groups">
              {category.children.map((child) => (
                <li key={child.id}>
                  <Link to={`/category/${child.slug}`}>{child.name}</Link>
                  {child.children.length > 0 && (
                    <ul>
                      {child.children.map((leaf) => (
                        <li key={leaf.id}>
                          <Link to={`/category/${leaf.slug}`}>{leaf.name}</Link>
                        </li>
                      ))}
                    </ul>
                  )}
                </li>
              ))}
            </ul>
          </section>
        ))}
    </div>
  );

  const toggle = (key: string, label: ReactNode, className: string) => (
    <button
      type="button"
      className={className}
      aria-expanded={open === key}
      aria-controls="menu"
      onClick={() => setOpen(open === key ? null : key)}
    >
      {label}
    </button>
  );
  return (
    <nav
      ref={nav}
      aria-label="Categories"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || open === null) return;
        nav.current?.querySelector<HTMLElement>("[aria-expanded=true]")?.focus();
        setOpen(null);
      }}
      onBlur={(event) => event.relatedTarget && !nav.current?.contains(event.relatedTarget) && setOpen(null)}
    >
      <ul className="menu-bar">
        {categories.map((category) => (
          <li key={category.id}>
            {category.children.length > 0 ? (
              toggle(category.id, category.name, "menu-button")
            ) : (
              <Link to={`/category/${category.slug}`} className="menu-button">
                {category.name}
              </Link>
            )}
          </li>
        ))}
      </ul>
      {toggle(
        "all",
        <>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 7h16M4 12h16M4 17h16" />
          </svg>
          <span className="sr-only">Categories</span>
        </>,
        "menu-all",
      )}
      {open !== null && panel}
    </nav>
  );
}

function Footer({ categories }: { categories: Categories }): ReactNode {
  return (
    <footer className="footer">
      <div className="footer-row">
        <p>
          <strong>Entrepot</strong>
          <br />A demonstration: nothing is sold or sent, no card is charged.
        </p>
        <nav aria-label="Footer">
          <ul>
            {categories.map(({ id, slug, name }) => (
              <li key={id}>
                <Link to={`/category/${slug}`}>{name}</Link>
              </li>
            ))}
          </ul>
          <ul>
            <li>
              <Link to="/account">Account</Link>
            </li>
            <li>
              <Link to="/cart">Cart</Link>
            </li>
            <li>
              <a href={EXPLORER}>GraphQL explorer</a>
            </li>
          </ul>
        </nav>
      </div>
    </footer>
  );
}

function Offline(): ReactNode {
  const [isOffline, setIsOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const read = () => setIsOffline(!navigator.onLine);
    window.addEventListener("online", read);
    window.addEventListener("offline", read);
    return () => {
      window.removeEventListener("online", read);
      window.removeEventListener("offline", read);
    };
  }, []);
  return (
    <p className="offline" role="status">
      {isOffline && <span>You are offline. What you see may be out of date.</span>}
    </p>
  );
}
