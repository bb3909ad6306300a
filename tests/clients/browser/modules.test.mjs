// Checks modules of the explorer that need no page: expressions, filling in, lists of events. Run by `node --test`.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const EXPLORER = join(dirname(fileURLToPath(import.meta.url)), "../../../router/explorer");
const folder = mkdtempSync(join(tmpdir(), "explorer-modules-"));
after(() => rmSync(folder, { recursive: true }));
const load = compile();
const { collectEvents } = load("./events");
const { readExpression, readValue } = load("./expressions");
const { Filling, replaceByPlaceholders } = load("./filling");
const { Responses } = load("./responses");

/** The explorer's modules as CommonJS in a folder of their own; returns its `require`. */
function compile() {
  const typescript = createRequire(join(EXPLORER, "package.json"))("typescript");
  const compilerOptions = { module: typescript.ModuleKind.CommonJS, target: typescript.ScriptTarget.ES2022 };
  for (const name of readdirSync(join(EXPLORER, "src")).filter((name) => name.endsWith(".ts"))) {
    const { outputText } = typescript.transpileModule(readFileSync(join(EXPLORER, "src", name), "utf8"), {
      compilerOptions,
    });
    writeFileSync(join(folder, name.replace(/ts$/, "js")), outputText);
  }
  symlinkSync(join(EXPLORER, "node_modules"), join(folder, "node_modules"));
  return createRequire(join(folder, "main.js"));
}

function read(expression, data) {
  return readValue(data, readExpression(expression)[0].steps);
}

test("a path finds the first value that is there", () => {
  const data = { a: [{ b: null }, { b: 0, isGood: false }, { b: 2, isGood: true, list: [] }], c: { list: [1] } };
  assert.equal(read("{{ O.a[*].b }}", data), 0);
  assert.equal(read("{{ O.a[2].b }}", data), 2);
  assert.equal(read("{{ O.a[?isGood].b }}", data), 2);
  assert.equal(read("{{ O.a[?list].b }}", data), undefined);
  assert.deepEqual(read("{{ O.c[?list].list }}", data), [1]);
  assert.equal(read("{{ O.a[9].b }}", data), undefined);
  assert.equal(read("{{ O.x.y.z }}", data), undefined);
});

test("what is no expression is refused", () => {
  for (const text of ["{{ }}", "a {{ uuid() }}", "{{ O }}", "{{ O.a[-1] }}", "{{ O.a | }}", "{{ O.a"]) {
    assert.throws(() => readExpression(text), /is no valid expression: write/, text);
  }
});

const MINE = { operation: "Mine", document: "query Mine { mine }", providedBy: "Make" };

function buildFilling() {
  const responses = new Responses();
  return { responses, filling: new Filling(responses, [MINE]) };
}

test("variables are filled in at any depth, a lookup is sent once", async () => {
  const { responses, filling } = buildFilling();
  responses.record("Make", { data: { make: { id: "x", count: 3 } } }, null);
  const sent = [];
  const lookUp = async (lookup) => {
    sent.push(lookup.operation);
    return { data: { mine: "m" } };
  };
  const variables = { a: { b: ["{{ Make.make.count }}", 1] }, c: "{{ None.x | Mine.mine }}", d: "{{ Mine.mine }}", e: "{{ uuid() }}" };
  const filled = await filling.fill(variables, "ada", lookUp);
  assert.deepEqual({ ...filled, e: null }, { a: { b: [3, 1] }, c: "m", d: "m", e: null });
  assert.match(filled.e, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual((await filling.fill(variables, "ada", lookUp)).e, filled.e);
  assert.deepEqual(sent, ["Mine", "Mine"]);
  assert.deepEqual(
    filling.filled.read().map(({ variable, origin }) => [variable, origin]).slice(0, 2),
    [["a.b[0]", "from the last response to Make"], ["c", "from the lookup Mine"]],
  );
});

test("a value that is missing says what to run", async () => {
  const { responses, filling } = buildFilling();
  const none = async () => ({ data: { mine: null } });
  const fill = (text) => filling.fill({ v: text }, "ada", none);
  await assert.rejects(fill("{{ Make.make.id }}"), /there is no value for "v" yet. Run the tab "Make" first\./);
  await assert.rejects(fill("{{ Mine.mine }}"), /Run the tab "Make" first\./);
  responses.record("Make", { data: { make: null } }, "ada");
  await assert.rejects(fill("{{ Make.make.id }}"), /The last response to "Make" has no value at Make\.make\.id: check its errors/);
  responses.record("Make", { data: { make: { id: "x" } } }, "grace");
  await assert.rejects(fill("{{ Make.make.id }}"), /Run the tab "Make" first\./, "another user's response");
  const failing = async () => ({ errors: [{ message: "No." }] });
  await assert.rejects(filling.fill({ v: "{{ Mine.mine }}" }, null, failing), /the lookup Mine failed: No\./);
});

test("a dry run has values of the right types", async () => {
  const query = "query Q($i: Int!, $l: [Boolean!], $s: ID) { a }";
  const variables = { i: "{{ A.a }}", l: "{{ A.a }}", s: "{{ A.a }}", t: "text" };
  assert.deepEqual(await replaceByPlaceholders(variables, query), { i: 0, l: true, s: "placeholder", t: "text" });
});

function watchLists() {
  const shown = [];
  let ends = 0;
  const events = collectEvents({ next: (list) => shown.push(structuredClone(list)), error: (reason) => shown.push(reason), complete: () => ends++ });
  return { shown, events, ends: () => ends };
}

test("a list holds the last 200 events, in order, each with its time", () => {
  const { shown, events, ends } = watchLists();
  for (let number = 1; number <= 250; number++) events.next({ data: { number } });
  events.complete();
  const list = shown.at(-1);
  assert.equal(list.omitted, 50);
  assert.deepEqual(list.events.map((event) => event.event), Array.from({ length: 200 }, (_, index) => index + 51));
  assert.ok(list.events.every((event) => event.event === event.data.number && /^\d\d:\d\d:\d\d\.\d{3}$/.test(event.time)));
  assert.equal(ends(), 1);
});

test("a failure stands behind the events that came before it", () => {
  const { shown, events, ends } = watchLists();
  events.next({ data: { number: 1 } });
  events.error({ message: "closed" });
  assert.deepEqual(shown.at(-1).events.map((event) => event.data ?? event.error), [{ number: 1 }, { message: "closed" }]);
  assert.equal(ends(), 1);
  const first = watchLists();
  first.events.error({ message: "refused" });
  assert.deepEqual(first.shown, [{ message: "refused" }]);
});

test("after a stop nothing more is shown", async () => {
  const { shown, events } = watchLists();
  events.next({ data: {} });
  events.stop();
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual(shown, []);
});
