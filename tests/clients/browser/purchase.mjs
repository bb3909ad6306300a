// Buys something in the explorer as a first user does, by running its tabs in order, with no id typed; then looks at
// the page in three window sizes, light and dark. Exits 1 with the reason when anything is wrong.
//
// usage: node purchase.mjs '{"url": "http://127.0.0.1:4000/graphql", "demoUser": "label", "folder": "screenshots",
//   "timeoutSeconds": 30}'
// `timeoutSeconds` may be left out. Prints what was seen as one line of JSON.
import { join } from "node:path";
import { findChromium, launchChromium, watchFaults } from "./chromium.mjs";
import { GraphiQLPage } from "./graphiql.mjs";
import { measureLayout } from "./layout.mjs";

const SIZES = [
  { width: 1440, height: 900 },
  { width: 800, height: 1000 },
  { width: 390, height: 844 },
];
const REQUIRED = ["url", "demoUser", "folder"];

function readOptions(text) {
  const options = { timeoutSeconds: 30, ...JSON.parse(text ?? "{}") };
  const missing = REQUIRED.filter((key) => typeof options[key] !== "string");
  if (missing.length > 0) throw new Error(`missing options: ${missing.join(", ")}; pass them as one JSON object`);
  return options;
}

/** Opens the tab, runs it as it is, and returns the answer as soon as it holds the text. */
async function runTab(graphiql, name, expected, wait) {
  await graphiql.openTab(name);
  await graphiql.run();
  return JSON.parse(await graphiql.waitForAnswer(expected, wait));
}

async function buy(page, options, sent) {
  const wait = options.timeoutSeconds * 1000;
  const graphiql = new GraphiQLPage(page);
  await graphiql.openFirstTab(options.url);
  await page.screenshot({ path: join(options.folder, "explorer-first-visit.png") });

  const refusals = [];
  const runTooEarly = async (name) => {
    const before = sent.length;
    const answer = await runTab(graphiql, name, "Nothing was sent", wait);
    refusals.push(answer.errors[0].message);
    if (sent.slice(before).some((operation) => operation === name)) throw new Error(`${name} was sent too early`);
  };
  await runTooEarly("CreateCart");
  await graphiql.logInAs(options.demoUser);
  for (const name of ["AddLine", "PlaceOrder", "Watch"]) await runTooEarly(name);
  await runTab(graphiql, "CreateCart", '"cart": {', wait);
  await runTooEarly("AddLine");
  await runTab(graphiql, "Browse", '"edges"', wait);
  await runTooEarly("PlaceOrder");
  await runTab(graphiql, "AddLine", '"lines": [', wait);
  await page.screenshot({ path: join(options.folder, "explorer-filled.png") });
  const filled = await graphiql.readFilled();
  await runTooEarly("PlaceOrder");
  await runTab(graphiql, "AddPaymentMethod", '"paymentMethod": {', wait);
  const placed = await runTab(graphiql, "PlaceOrder", '"order": {', wait);

  const watched = await runTab(graphiql, "Watch", '"CONFIRMED"', wait);
  await page.screenshot({ path: join(options.folder, "explorer-statuses.png") });
  if (!(await graphiql.seesInAnswer("CONFIRMED"))) throw new Error("the newest event is out of sight");
  await graphiql.stop();
  await graphiql.run();
  const again = JSON.parse(await graphiql.waitForAnswer('"CONFIRMED"', wait));
  await graphiql.stop();

  const orders = await runTab(graphiql, "MyOrders", '"orders": {', wait);
  const full = await runTab(graphiql, "OrderInFull", '"number"', wait);
  await graphiql.showPlugin("Query plan", "plan-panel");
  const planned = await graphiql.readPlan({ isExecuted: false });
  const executed = await graphiql.readPlan({ isExecuted: true });
  await graphiql.openTab("PlaceOrder");
  // The editor marks mistakes a moment after it has its text.
  await page.waitForTimeout(1500);
  const squiggles = await page.locator(".squiggly-error, .squiggly-warning").count();
  return {
    refusals,
    filled,
    squiggles,
    order: placed.data.placeOrder.order,
    events: watched.events,
    eventsAgain: again.events.length,
    numbers: {
      newest: orders.data.me.orders.edges[0].node.number,
      inFull: full.data.order.number,
    },
    planned,
    executed,
  };
}

/** The layout of the explorer in each window size, after a look at both themes. */
async function lookAtSizes(browser, options) {
  const layouts = [];
  const faults = [];
  for (const viewport of SIZES) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await browser.newPage({ viewport, colorScheme });
      const found = watchFaults(page, options.url);
      page.setDefaultTimeout(options.timeoutSeconds * 1000);
      const path = (name) => join(options.folder, `explorer-${viewport.width}-${colorScheme}-${name}.png`);
      layouts.push({ ...viewport, colorScheme, ...(await measureLayout(page, options, path)) });
      faults.push(...found);
      await page.close();
    }
  }
  return { layouts, faults };
}

async function main() {
  const options = readOptions(process.argv[2]);
  const browser = await launchChromium(findChromium(process.env));
  try {
    const page = await browser.newPage({ viewport: SIZES[0] });
    page.setDefaultTimeout(options.timeoutSeconds * 1000);
    const faults = watchFaults(page, options.url);
    const messages = [];
    page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.postDataJSON()?.operationName));
    const seen = await buy(page, options, sent).catch(async (reason) => {
      await page.screenshot({ path: join(options.folder, "explorer-failed.png") }).catch(() => undefined);
      throw reason;
    });
    const { layouts, faults: others } = await lookAtSizes(browser, options);
    console.log(JSON.stringify({ ...seen, layouts, messages, faults: [...faults, ...others] }));
  } finally {
    await browser.close();
  }
}

main().catch((reason) => {
  console.error(`purchase: ${reason.message}`);
  process.exitCode = 1;
});
