// A value that the fetcher, the plugins and React read and follow.
import { useSyncExternalStore } from "react";

export class Store<Value> {
  readonly #listeners = new Set<() => void>();
  #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  read = (): Value => this.#value;

  write(value: Value): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  follow = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.follow, store.read);
}
