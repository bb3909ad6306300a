// The configuration that the server writes into index.html, read and checked once.
import { chooseOperation } from "./operations";

export interface DemoUser {
  readonly label: string;
  readonly email: string;
  readonly password: string;
}

export interface LoginConfig {
  /** A mutation with the variables `email` and `password`. */
  readonly document: string;
  /** Where the access token stands below `data`, for example `login.accessToken`. */
  readonly tokenPath: readonly string[];
}

export interface DefaultTab {
  readonly name: string;
  readonly query: string;
  readonly variables: string;
  /** The name of its operation, null when it has none or several. */
  readonly operation: string | null;
  readonly requiresLogin: boolean;
}

/** A query that the explorer runs by itself for the variables of others. */
export interface LookupConfig {
  readonly document: string;
  readonly operation: string;
  /** The operation of the tab to run first when the lookup finds nothing. */
  readonly providedBy: string;
}

export interface ExplorerConfig {
  readonly endpoint: string;
  readonly subscriptionEndpoint: string;
  readonly title: string;
  readonly demoUsers: readonly DemoUser[];
  readonly login: LoginConfig | null;
  readonly defaultTabs: readonly DefaultTab[];
  readonly lookups: readonly LookupConfig[];
}

type Json = Readonly<Record<string, unknown>>;

/** Reads the configuration tag of this page; throws an Error that names the key at fault. */
export function readConfig(page: Document): ExplorerConfig {
  const tag = page.getElementById("explorer-config");
  const value: unknown = JSON.parse(tag?.textContent?.trim() || "{}");
  const config = readObject(value, "the configuration");
  const endpoint = readText(config, "endpoint", "/graphql");
  return {
    endpoint,
    subscriptionEndpoint: readText(config, "subscriptionEndpoint", endpoint),
    title: readText(config, "title", "GraphQL explorer"),
    demoUsers: readList(config, "demoUsers").map(readDemoUser),
    login: readLogin(config.login),
    defaultTabs: readList(config, "defaultTabs").map(readDefaultTab),
    lookups: readList(config, "lookups").map(readLookup),
  };
}

/** The WebSocket address of a path on this page's origin, or of a whole http(s) address. */
export function webSocketAddress(endpoint: string, page: Location): string {
  const address = new URL(endpoint, page.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}

function readLogin(value: unknown): LoginConfig | null {
  if (value === undefined || value === null) return null;
  const login = readObject(value, "login");
  const tokenPath = readText(login, "tokenPath").split(".");
  return { document: readText(login, "document"), tokenPath };
}

function readDemoUser(value: unknown, index: number): DemoUser {
  const user = readObject(value, `demoUsers[${index}]`);
  const email = readText(user, "email");
  return { label: readText(user, "label", email), email, password: readText(user, "password") };
}

function readDefaultTab(value: unknown, index: number): DefaultTab {
  const tab = readObject(value, `defaultTabs[${index}]`);
  const query = readText(tab, "query");
  return {
    name: readText(tab, "name", ""),
    query,
    variables: readVariables(tab.variables),
    operation: chooseOperation(query, null).name,
    requiresLogin: tab.requiresLogin === true,
  };
}

function readLookup(value: unknown, index: number): LookupConfig {
  const lookup = readObject(value, `lookups[${index}]`);
  const document = readText(lookup, "document");
  const operation = chooseOperation(document, null).name;
  if (operation === null) throw new Error(`Explorer configuration: lookups[${index}] must be one named query.`);
  return { document, operation, providedBy: readText(lookup, "providedBy") };
}

function readVariables(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function readObject(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`Explorer configuration: ${name} must be a JSON object.`);
}

function readList(source: Json, key: string): readonly unknown[] {
  const value = source[key] ?? [];
  if (Array.isArray(value)) return value;
  throw new Error(`Explorer configuration: ${key} must be a list.`);
}

function readText(source: Json, key: string, fallback?: string): string {
  const value = source[key] ?? fallback;
  if (typeof value === "string") return value;
  throw new Error(`Explorer configuration: ${key} must be a string.`);
}
