// Search as you type: a combobox whose list is the first matches, operated by arrows, Enter and Escape.
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from "react";
import { useQuery } from "urql";
import { pluralize } from "./format";
import { SuggestDocument } from "./graphql/graphql";
import { Picture, Price } from "./product-card";
import { navigate } from "./routing";

const PAUSE = 150;

/** The value as it was when it last rested for a moment. */
function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

export function SearchBox(): ReactNode {
  const id = useId();
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const wanted = useRested(text.trim());
  const [{ data, fetching, error }] = useQuery({
    query: SuggestDocument,
    variables: { text: wanted },
    pause: wanted === "" || !isOpen,
  });
  const found = wanted === "" ? [] : (data?.products.edges.map(({ node }) => node) ?? []);
  const isShown = isOpen && wanted !== "" && !error;
  const targets = [...found.map(({ slug }) => `/product/${slug}`), `/search?q=${encodeURIComponent(text.trim())}`];

  const go = (to: string) => {
    setIsOpen(false);
    setActive(-1);
    setText("");
    navigate(to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setIsOpen(true);
      // One more place than there are options: none is active in it.
      setActive(((active + 1 + step + targets.length + 1) % (targets.length + 1)) - 1);
    } else if (event.key === "Escape") {
      setIsOpen(false);
      setActive(-1);
      if (!isShown) setText("");
    } else if (event.key === "Enter") {
      event.preventDefault();
      const target = (isShown && targets[active]) || targets.at(-1);
      if (text.trim() !== "" && target) go(target);
    }
  };

  const option = (index: number, content: ReactNode, className: string) => (
    <li
      key={targets[index]}
      id={`${id}-${index}`}
      role="option"
      aria-selected={active === index}
      className={`option ${className}`}
      onMouseDown={(event) => event.preventDefault()}
      onMouseMove={() => active !== index && setActive(index)}
      onClick={() => go(targets[index] ?? "/")}
    >
      {content}
    </li>
  );

  return (
    <search className="search">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="11" cy="11" r="6.5" />
        <path d="m16 16 4.5 4.5" />
      </svg>
      <input
        type="search"
        role="combobox"
        aria-label="Search products"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isShown && active >= 0 ? `${id}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        placeholder="Search"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(-1);
          setIsOpen(true);
        }}
        onFocus={() => setIsOpen(true)}
        onBlur={() => setIsOpen(false)}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Suggestions" className="options" hidden={!isShown}>
        {isShown &&
          found.map((product, index) => {
            const price = product.variants.find((variant) => variant.price)?.price;
            return option(
              index,
              <>
                <Picture image={product.images[0] && { ...product.images[0], altText: "" }} />
                <span className="option-name">{product.name}</span>
                {price && <Price price={price} />}
              </>,
              "option-product",
            );
          })}
        {isShown && option(found.length, <>All results for “{text.trim()}”</>, "option-all")}
      </ul>
      <p className="sr-only" role="status">
        {isShown && !fetching && pluralize(found.length, "suggestion")}
      </p>
    </search>
  );
}
