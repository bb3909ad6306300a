// The cart of this visitor: a guest's, known by its id and its secret, or the customer's own.
import { type ReactNode, createContext, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type CombinedError, useQuery } from "urql";
import { CURRENCY } from "./format";
import {
  AddToCartDocument,
  type CartContentFragment,
  ChangeCartLineDocument,
  CreateCartDocument,
  GuestCartDocument,
  RemoveCartLineDocument,
  ViewerDocument,
  type ViewerQuery,
} from "./graphql/graphql";
import { useGraph } from "./graph";
import { type Refusal, explain } from "./parts";
import { useIsSignedIn } from "./session";

const KEY = "entrepot.guest-cart";

export interface GuestCart {
  readonly id: string;
  readonly token: string;
}

export function readGuestCart(): GuestCart | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

interface CartState {
  readonly viewer: ViewerQuery["me"];
  readonly cart: CartContentFragment | null;
  readonly isLoading: boolean;
  readonly error: CombinedError | undefined;
  readonly reload: () => void;
  /** Each returns what was refused, nothing when it is done. */
  readonly add: (variantId: string, quantity: number) => Promise<readonly Refusal[]>;
  readonly change: (lineId: string, quantity: number) => Promise<readonly Refusal[]>;
  readonly remove: (lineId: string) => Promise<readonly Refusal[]>;
  readonly guestCart: GuestCart | null;
  readonly forgetGuestCart: () => void;
}

const CartContext = createContext<CartState | null>(null);

export function useCart(): CartState {
  const state = use(CartContext);
  if (state === null) throw new Error("useCart needs a CartProvider above it");
  return state;
}

export function countPieces(cart: CartContentFragment | null): number {
  return cart?.lines.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
}

const GONE = new Set(["NOT_FOUND", "CART_NOT_ACTIVE"]);

interface CartAnswer {
  readonly cart: CartContentFragment | null;
  readonly errors: readonly Refusal[];
}

export function CartProvider({ children }: { children: ReactNode }): ReactNode {
  const graph = useGraph();
  const isSignedIn = useIsSignedIn();
  const [guestCart, setGuestCart] = useState(readGuestCart);
  const [viewer, reloadViewer] = useQuery({ query: ViewerDocument, requestPolicy: "cache-and-network" });
  const [guest, reloadGuest] = useQuery({
    query: GuestCartDocument,
    variables: { id: guestCart?.id ?? "", guestToken: guestCart?.token ?? "" },
    pause: isSignedIn || guestCart === null,
    requestPolicy: "cache-and-network",
  });
  const queue = useRef<Promise<unknown>>(Promise.resolve());

  const keepGuestCart = useCallback((cart: GuestCart | null) => {
    if (cart === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(cart));
    setGuestCart(cart);
  }, []);

  const own = isSignedIn ? viewer.data?.myCart : guestCart && guest.data?.cart;
  const cart = own?.status === "ACTIVE" ? own : null;
  /** Ahead of what is shown: the cart that the next change is for. */
  const current = useRef<string | null>(null);
  useEffect(() => {
    current.current = cart?.id ?? (isSignedIn ? null : (guestCart?.id ?? null));
  }, [cart?.id, isSignedIn, guestCart?.id]);

  const actions = useMemo(() => {
    const target = (id: string) =>
      isSignedIn ? { cartId: id } : { cartId: id, guestToken: readGuestCart()?.token ?? null };

    async function create(): Promise<{ cartId: string; guestToken?: string | null } | readonly Refusal[]> {
      const variables = { currency: CURRENCY, key: crypto.randomUUID() };
      const { data, error } = await graph.mutation(CreateCartDocument, variables).toPromise();
      if (error) return [asRefusal(error)];
      const { cart: made, guestToken, errors = [] } = data?.createCart ?? {};
      if (!made) return errors;
      if (guestToken) keepGuestCart({ id: made.id, token: guestToken });
      current.current = made.id;
      return { cartId: made.id, guestToken: guestToken ?? null };
    }

    /** One change after the other, so that two quick clicks do not make two carts. */
    function inTurn(change: () => Promise<readonly Refusal[]>): Promise<readonly Refusal[]> {
      const turn = queue.current.then(change);
      queue.current = turn.catch(() => undefined);
      return turn;
    }

    async function addLine(variantId: string, quantity: number, known: string | null): Promise<readonly Refusal[]> {
      const place = known === null ? await create() : target(known);
      if (!("cartId" in place)) return place;
      const input = { ...place, variantId, quantity, idempotencyKey: crypto.randomUUID() };
      const { data, error } = await graph.mutation(AddToCartDocument, { input }).toPromise();
      if (error) return [asRefusal(error)];
      const errors = data?.addCartLine.errors ?? [];
      // The cart has expired, or was ordered in another tab: begin another one.
      if (known !== null && errors.some(({ code }) => GONE.has(code))) return addLine(variantId, quantity, null);
      if (isSignedIn && known === null) reloadViewer({ requestPolicy: "network-only" });
      return errors;
    }

    async function changeLines(send: () => Promise<{ error?: CombinedError; answer: CartAnswer | undefined }>) {
      const { error, answer } = await send();
      return error ? [asRefusal(error)] : (answer?.errors ?? []);
    }

    return {
      add: (variantId: string, quantity: number) => inTurn(() => addLine(variantId, quantity, current.current)),
      change: (lineId: string, quantity: number) =>
        inTurn(() =>
          changeLines(async () => {
            const input = { ...target(current.current ?? ""), lineId, quantity };
            const { data, error } = await graph.mutation(ChangeCartLineDocument, { input }).toPromise();
            return { error, answer: data?.changeCartLine };
          }),
        ),
      remove: (lineId: string) =>
        inTurn(() =>
          changeLines(async () => {
            const input = { ...target(current.current ?? ""), lineId };
            const { data, error } = await graph.mutation(RemoveCartLineDocument, { input }).toPromise();
            return { error, answer: data?.removeCartLine };
          }),
        ),
    };
  }, [graph, isSignedIn, keepGuestCart, reloadViewer]);

  const active = isSignedIn ? viewer : guest;
  const state: CartState = {
    ...actions,
    viewer: isSignedIn ? (viewer.data?.me ?? null) : null,
    cart,
    isLoading: active.fetching && !active.data,
    error: active.data ? undefined : active.error,
    reload: () => (isSignedIn ? reloadViewer : reloadGuest)({ requestPolicy: "network-only" }),
    guestCart,
    forgetGuestCart: () => keepGuestCart(null),
  };
  return <CartContext value={state}>{children}</CartContext>;
}

export function asRefusal(error: CombinedError): Refusal {
  return { code: "REQUEST_FAILED", message: explain(error), path: null };
}
