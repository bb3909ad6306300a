// The address of the page: a table of paths, links that change it, and where focus and scrolling go then.
import {
  type AnchorHTMLAttributes,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useRef,
  useSyncExternalStore,
} from "react";

const CHANGED = "entrepot:navigated";
/** True once the visitor has gone somewhere: the first page is the browser's to announce. */
let hasNavigated = false;

export function navigate(to: string, { replace = false } = {}): void {
  hasNavigated = true;
  window.history[replace ? "replaceState" : "pushState"](null, "", to);
  window.dispatchEvent(new Event(CHANGED));
  window.scrollTo(0, 0);
}

/** Changes the query of the address and stays where the visitor is. */
export function replaceQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  const text = query.toString();
  window.history.replaceState(null, "", window.location.pathname + (text && `?${text}`));
  window.dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void): () => void {
  const onBack = () => {
    hasNavigated = true;
    listener();
  };
  window.addEventListener("popstate", onBack);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", onBack);
    window.removeEventListener(CHANGED, listener);
  };
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

export function useQueryParameters(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(subscribe, () => window.location.search));
}

/** The value of the parameter in a pattern such as `/product/:slug`, "" for one without; null when it does not match. */
export function match(pattern: string, path: string): string | null {
  const wanted = pattern.split("/");
  const given = path.replace(/(?<=.)\/$/, "").split("/");
  if (wanted.length !== given.length) return null;
  let value = "";
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? "";
    if (part.startsWith(":") && text !== "") value = decode(text);
    else if (part !== text) return null;
  }
  return value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly to: string;
}

export function Link({ to, onClick, ...rest }: LinkProps): ReactNode {
  const isHere = usePath() === to;
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    // A new tab, a new window or a download is the browser's.
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    ) {
      return;
    }
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={to} onClick={follow} aria-current={isHere ? "page" : undefined} />;
}

interface PageProps {
  readonly title: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** The content of the page; after a navigation its heading takes the focus, so that screen readers say where one is. */
export function Page({ title, className = "", children }: PageProps): ReactNode {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = title === "Entrepot" ? title : `${title} · Entrepot`;
  }, [title]);
  useEffect(() => {
    if (hasNavigated) main.current?.focus({ preventScroll: true });
  }, []);
  return (
    <main id="content" ref={main} tabIndex={-1} className={`page ${className}`} aria-label={title}>
      {children}
    </main>
  );
}
