// Runs the login mutation that the server configured and finds the token, or the reasons, in its answer.
import type { ExecutionResult } from "graphql";
import type { LoginConfig } from "./config";
import { sendOperation } from "./http";

/** The access token for these credentials; throws an Error with what the server said when it gives none. */
export async function requestToken(
  endpoint: string,
  login: LoginConfig,
  email: string,
  password: string,
): Promise<string> {
  const answer = await sendOperation(endpoint, { query: login.document, variables: { email, password } }, {});
  const token = readPath(answer.data, login.tokenPath);
  if (typeof token === "string" && token !== "") return token;
  const reasons = readReasons(answer, login.tokenPath);
  throw new Error(reasons.join("\n") || `The answer holds no token at data.${login.tokenPath.join(".")}.`);
}

/** Messages of the answer's own errors, then of the `errors` lists (errors as data) on the way to the token. */
function readReasons(answer: ExecutionResult, tokenPath: readonly string[]): string[] {
  const parents = tokenPath.map((_, depth) => readPath(answer.data, tokenPath.slice(0, depth)));
  const lists = [answer.errors, ...parents.map((parent) => readPath(parent, ["errors"]))];
  return lists.flatMap((list) => (Array.isArray(list) ? list.map(describeError) : []));
}

function describeError(error: unknown): string {
  const message = readPath(error, ["message"]) ?? readPath(error, ["code"]);
  return typeof message === "string" ? message : JSON.stringify(error);
}

function readPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (position, key) =>
      typeof position === "object" && position !== null ? (position as Record<string, unknown>)[key] : undefined,
    value,
  );
}
