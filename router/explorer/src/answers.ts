// The last answer of each named operation, which later operations take their variables from.
import type { ExecutionResult } from "graphql";

interface Answer {
  readonly data: unknown;
  /** Who was logged in when the operation ran, null for a guest. */
  readonly user: string | null;
}

const MOST_OPERATIONS = 100;

export class Answers {
  readonly #answers = new Map<string, Answer>();

  record(operation: string | null, answer: ExecutionResult, user: string | null): void {
    if (operation === null) return;
    // The newest last, so that the first is the one to drop.
    this.#answers.delete(operation);
    this.#answers.set(operation, { data: answer.data, user });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_OPERATIONS && oldest !== undefined) this.#answers.delete(oldest);
  }

  /** The answer that this user, or a guest, was given: what belongs to another user is of no use now. */
  find(operation: string, user: string | null): { readonly data: unknown } | null {
    const answer = this.#answers.get(operation);
    return answer !== undefined && (answer.user === null || answer.user === user) ? answer : null;
  }
}
