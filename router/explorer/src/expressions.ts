// Expressions in a tab's variables: `{{ Operation.path[0].to.value | uuid() }}`, read and evaluated.

export interface Read {
  readonly kind: "read";
  readonly operation: string;
  readonly steps: readonly Step[];
  /** The source's text, for messages. */
  readonly text: string;
}

export type Source = Read | { readonly kind: "uuid" };

type Step =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "each" }
  | { readonly kind: "filter"; readonly path: readonly string[] };

const NAME = "[_A-Za-z][_0-9A-Za-z]*";
const STEP = new RegExp(`\\.(${NAME})|\\[(?:(\\d+)|(\\*)|\\?(${NAME}(?:\\.${NAME})*))\\]`, "g");
const SOURCE = new RegExp(`^(${NAME})((?:${STEP.source})+)$`);

export function isExpression(value: unknown): value is string {
  return typeof value === "string" && value.includes("{{");
}

/** The alternatives of an expression, in order; throws an Error that says how to write one. */
export function readExpression(text: string): Source[] {
  const whole = /^\s*\{\{(.*)\}\}\s*$/s.exec(text)?.[1];
  return (whole ?? "").split("|").map((alternative) => {
    const source = alternative.trim();
    if (/^uuid\(\s*\)$/.test(source)) return { kind: "uuid" };
    const [, operation, path] = SOURCE.exec(source) ?? [];
    if (operation !== undefined && path !== undefined) {
      return { kind: "read", operation, steps: readSteps(path), text: source };
    }
    throw new Error(`${text} is no valid expression: write {{ uuid() }} or {{ Operation.path.to.value }}.`);
  });
}

function readSteps(path: string): Step[] {
  return [...path.matchAll(STEP)].map(([, key, index, each, filter]): Step => {
    if (key !== undefined) return { kind: "key", key };
    if (index !== undefined) return { kind: "index", index: Number(index) };
    return each !== undefined ? { kind: "each" } : { kind: "filter", path: (filter ?? "").split(".") };
  });
}

/** The first value at the path that is neither null nor missing; undefined when there is none. */
export function readValue(data: unknown, steps: readonly Step[]): unknown {
  const found = steps.reduce<unknown[]>((values, step) => values.flatMap((value) => follow(value, step)), [data]);
  return found.find((value) => value !== null && value !== undefined);
}

function follow(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case "key":
      return [readKey(value, step.key)];
    case "index":
      return Array.isArray(value) ? [value[step.index]] : [];
    case "each":
      return Array.isArray(value) ? value : [];
    case "filter":
      return (Array.isArray(value) ? value : [value]).filter((item) => hasContent(step.path.reduce(readKey, item)));
  }
}

function readKey(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function hasContent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
