// The login plugin: demo users at one click, a form, or a pasted token; and who is logged in.
import { Button, type GraphiQLPlugin } from "@graphiql/react";
import { type FormEvent, useEffect, useState } from "react";
import type { ExplorerConfig } from "../config";
import { isExpired, type Login, type Session } from "../session";
import { useStore } from "../store";
import { LoginIcon } from "./icons";

interface LoginPanelProps {
  readonly config: ExplorerConfig;
  readonly session: Session;
}

export function buildLoginPlugin(config: ExplorerConfig, session: Session): GraphiQLPlugin {
  return { title: "Login", icon: LoginIcon, content: () => <LoginPanel config={config} session={session} /> };
}

function LoginPanel({ config, session }: LoginPanelProps) {
  const login = useStore(session.login);
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  async function attempt(change: () => Promise<void> | void): Promise<void> {
    setPending(true);
    setFailure(null);
    try {
      await change();
    } catch (reason) {
      setFailure(reason instanceof Error ? reason.message : String(reason));
    } finally {
      setPending(false);
    }
  }
  const logIn = (email: string, password: string) => void attempt(() => session.logIn(email, password));
  const demoUsers = config.login === null ? [] : config.demoUsers;

  return (
    <section className="explorer-panel" aria-label="Login" data-testid="login-panel">
      <h2 className="explorer-heading">Login</h2>
      <LoginStatus login={login} logOut={() => attempt(() => session.logOut())} />
      {failure !== null && (
        <p role="alert" className="explorer-error" data-testid="login-error">
          {failure}
        </p>
      )}
      {demoUsers.length > 0 && (
        <div role="group" aria-label="Demo users" className="explorer-group">
          <h3>Demo users</h3>
          {demoUsers.map(({ label, email, password }) => (
            <Button
              key={email}
              type="button"
              className="explorer-user"
              disabled={isPending}
              aria-pressed={login?.name === email}
              data-testid="login-demo-user"
              data-label={label}
              onClick={() => logIn(email, password)}
            >
              <span>{label}</span>
              <small>{email}</small>
            </Button>
          ))}
        </div>
      )}
      {config.login === null ? (
        <TokenForm isPending={isPending} use={(token) => void attempt(() => session.useToken(token))} />
      ) : (
        <CredentialsForm isPending={isPending} logIn={logIn} />
      )}
    </section>
  );
}

function LoginStatus({ login, logOut }: { readonly login: Login | null; readonly logOut: () => void }) {
  const now = useNow(login?.expiresAt ?? null);
  if (login === null) {
    return (
      <p role="status" data-testid="login-status">
        Nobody is logged in: operations run anonymously.
      </p>
    );
  }
  const expiry = login.expiresAt === null ? null : new Date(login.expiresAt).toLocaleTimeString();
  return (
    <div className="explorer-row">
      <p role="status" data-testid="login-status">
        Logged in as <strong data-testid="login-name">{login.name}</strong>
        {expiry !== null && <small>{isExpired(login, now) ? `expired at ${expiry}` : `until ${expiry}`}</small>}
      </p>
      <Button type="button" onClick={logOut} data-testid="login-logout">
        Log out
      </Button>
    </div>
  );
}

interface CredentialsFormProps {
  readonly isPending: boolean;
  readonly logIn: (email: string, password: string) => void;
}

function CredentialsForm({ isPending, logIn }: CredentialsFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    logIn(email, password);
    setPassword("");
  };
  return (
    <form className="explorer-group" onSubmit={submit} aria-label="Email and password" data-testid="login-form">
      <h3>Email and password</h3>
      <label>
        Email
        <input
          type="email"
          required
          autoComplete="username"
          value={email}
          data-testid="login-email"
          onChange={(event) => setEmail(event.target.value)}
        />
      </label>
      <label>
        Password
        <input
          type="password"
          required
          autoComplete="current-password"
          value={password}
          data-testid="login-password"
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <Button type="submit" disabled={isPending} data-testid="login-submit">
        {isPending ? "Logging in…" : "Log in"}
      </Button>
    </form>
  );
}

function TokenForm({ isPending, use }: { readonly isPending: boolean; readonly use: (token: string) => void }) {
  const [token, setToken] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    use(token);
    setToken("");
  };
  return (
    <form className="explorer-group" onSubmit={submit} aria-label="Bearer token" data-testid="login-token-form">
      <label>
        Bearer token
        <textarea
          required
          rows={5}
          spellCheck={false}
          value={token}
          data-testid="login-token"
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <Button type="submit" disabled={isPending} data-testid="login-submit">
        Use this token
      </Button>
    </form>
  );
}

const LONGEST_TIMER = 2 ** 31 - 1;
/** A timer may fire a little before its time by the clock. */
const TIMER_SLACK = 50;

/** The time, read again when `moment` has come. */
function useNow(moment: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const wait = (moment ?? 0) - Date.now();
    if (moment === null || wait > LONGEST_TIMER) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), Math.max(wait, 0) + TIMER_SLACK);
    return () => clearTimeout(timer);
  }, [moment]);
  return now;
}
