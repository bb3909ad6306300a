// Who is signed in: the access token stays in memory, the refresh token in localStorage (README.md says why).
import { useSyncExternalStore } from "react";

const KEY = "entrepot.refresh-token";
/** Refreshed this long before the access token expires, so that no request is refused for it. */
const MARGIN = 30_000;

export interface Tokens {
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly expiresIn: number | null;
}

let access: { readonly token: string; readonly expiresAt: number } | null = null;
const listeners = new Set<() => void>();

export function readAccessToken(): string | null {
  return access?.token ?? null;
}

export function readRefreshToken(): string | null {
  return localStorage.getItem(KEY);
}

export function needsRefresh(): boolean {
  return readRefreshToken() !== null && (access === null || access.expiresAt - MARGIN < Date.now());
}

/** Keeps the tokens of a login, a registration or a refresh. */
export function keepTokens(tokens: Tokens): void {
  if (tokens.accessToken === null || tokens.refreshToken === null) return;
  access = { token: tokens.accessToken, expiresAt: Date.now() + (tokens.expiresIn ?? 60) * 1000 };
  localStorage.setItem(KEY, tokens.refreshToken);
  notify();
}

export function dropTokens(): void {
  access = null;
  localStorage.removeItem(KEY);
  notify();
}

/** Runs one refresh at a time over all tabs: a refresh token that is used twice ends the session. */
export async function refreshOnce(refresh: (refreshToken: string) => Promise<Tokens | null>): Promise<void> {
  const before = readRefreshToken();
  const run = async () => {
    const token = readRefreshToken();
    if (token === null) return;
    const tokens = await refresh(token);
    if (tokens !== null) keepTokens(tokens);
    // Another tab may have logged in meanwhile, which this refusal says nothing about.
    else if (readRefreshToken() === token) dropTokens();
  };
  if (before === null) return;
  // Only secure contexts have locks: https, and every address of this machine.
  await (navigator.locks ? navigator.locks.request(KEY, run) : run());
}

export function useIsSignedIn(): boolean {
  return useSyncExternalStore(subscribe, () => readRefreshToken() !== null);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify(): void {
  for (const listener of listeners) listener();
}

/** Another tab logged in or out. */
export function onOtherTab(listener: () => void): void {
  window.addEventListener("storage", (event) => {
    // A refresh by another tab changes the token too, and nothing else.
    if (event.key === KEY && (event.oldValue === null) !== (event.newValue === null)) {
      access = null;
      notify();
      listener();
    }
  });
}
