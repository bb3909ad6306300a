// Who is logged in: the access token, kept in memory and, for this browser tab, in sessionStorage.
import { requestToken } from "./authentication";
import type { ExplorerConfig } from "./config";
import { Store } from "./store";

export interface Login {
  readonly token: string;
  /** What to call the user: an email address, or the subject of a pasted token. */
  readonly name: string;
  /** Milliseconds since 1970, null when the token does not say. */
  readonly expiresAt: number | null;
}

const STORAGE_KEY = "entrepot-explorer-login";
const RENEWAL_MARGIN = 10_000;

export class Session {
  readonly login: Store<Login | null>;
  readonly #config: ExplorerConfig;
  #renewal: Promise<void> | null = null;

  constructor(config: ExplorerConfig) {
    this.#config = config;
    this.login = new Store(readStoredLogin());
  }

  /** Logs in with the configured mutation; throws an Error with the reasons when it is refused. */
  async logIn(email: string, password: string): Promise<void> {
    if (this.#config.login === null) throw new Error("The server has configured no login.");
    const token = await requestToken(this.#config.endpoint, this.#config.login, email, password);
    this.#change({ token, name: email, expiresAt: readExpiry(token) });
  }

  /** Takes a token that the user got elsewhere. */
  useToken(text: string): void {
    const token = text.trim().replace(/^bearer\s+/i, "");
    if (token === "") throw new Error("Paste a bearer token first.");
    this.#change({ token, name: String(readClaims(token).sub ?? "bearer token"), expiresAt: readExpiry(token) });
  }

  logOut(): void {
    this.#change(null);
  }

  /** The token to send now; that of a demo user is renewed when it is about to expire. */
  async token(): Promise<string | null> {
    const login = this.login.read();
    if (login !== null && isExpired(login, Date.now() + RENEWAL_MARGIN)) {
      this.#renewal ??= this.#renew(login).finally(() => (this.#renewal = null));
      await this.#renewal;
    }
    return this.login.read()?.token ?? null;
  }

  async #renew(login: Login): Promise<void> {
    const user = this.#config.demoUsers.find((candidate) => candidate.email === login.name);
    if (user === undefined || this.#config.login === null) return;
    try {
      await this.logIn(user.email, user.password);
    } catch {
      // The old token is sent instead, and the server's own answer says what is wrong.
    }
  }

  #change(login: Login | null): void {
    if (login === null) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, JSON.stringify(login));
    this.login.write(login);
  }
}

export function isExpired(login: Login, now: number): boolean {
  return login.expiresAt !== null && login.expiresAt <= now;
}

function readStoredLogin(): Login | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null") as Login | null;
    return typeof value?.token === "string" && typeof value.name === "string" ? value : null;
  } catch {
    return null;
  }
}

function readExpiry(token: string): number | null {
  const { exp } = readClaims(token);
  return typeof exp === "number" ? exp * 1000 : null;
}

/** The claims of a JWT, unverified: for display only. Empty for any other token. */
function readClaims(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const claims: unknown = JSON.parse(atob(payload));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
