// Opens the explorer in Chromium and does what a first user does; exits 1 with the reason when anything is wrong.
//
// usage: node explorer.mjs '{"url": "http://127.0.0.1:4000/graphql", "demoUser": "label", "query": "...",
//   "expect": "text of the answer", "subscription": "...", "subscriptionExpect": "text of an event",
//   "screenshot": "file.png", "timeoutSeconds": 30}'
// `subscriptionExpect`, `screenshot` and `timeoutSeconds` may be left out. Prints what was seen as one line of JSON.
import { findChromium, launchChromium, watchFaults } from "./chromium.mjs";
import { GraphiQLPage } from "./graphiql.mjs";

const REQUIRED = ["url", "demoUser", "query", "expect", "subscription"];

function readOptions(text) {
  const options = { timeoutSeconds: 30, subscriptionExpect: '"data": {', screenshot: null, ...JSON.parse(text ?? "{}") };
  const missing = REQUIRED.filter((key) => typeof options[key] !== "string");
  if (missing.length > 0) throw new Error(`missing options: ${missing.join(", ")}; pass them as one JSON object`);
  return options;
}

/** Keeps the frames of the GraphQL socket, to tell a real stream from an answer over HTTP. */
function watchSocket(page) {
  const frames = [];
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => frames.push(JSON.parse(payload)));
    socket.on("framereceived", ({ payload }) => frames.push(JSON.parse(payload)));
  });
  return frames;
}

async function useExplorer(page, options) {
  const faults = watchFaults(page, options.url);
  const frames = watchSocket(page);
  const wait = options.timeoutSeconds * 1000;
  const graphiql = new GraphiQLPage(page);

  await graphiql.open(options.url);
  const user = await graphiql.logInAs(options.demoUser);

  await graphiql.writeOperation(options.query);
  await graphiql.run();
  await graphiql.waitForAnswer(options.expect, wait);

  await graphiql.writeOperation(options.subscription);
  await graphiql.run();
  await graphiql.waitForAnswer(options.subscriptionExpect, wait);
  await graphiql.stop();
  const events = frames.filter((frame) => frame.type === "next").length;
  const opening = frames.find((frame) => frame.type === "connection_init");
  if (events === 0) throw new Error("the subscription showed an event that came over no WebSocket");
  if (!opening?.payload?.Authorization?.startsWith("Bearer ")) throw new Error("the WebSocket opened without a token");

  await graphiql.writeOperation(options.query);
  await graphiql.showPlugin("Query plan", "plan-panel");
  const fetches = await graphiql.readPlan({ isExecuted: false });
  if (fetches.length === 0) throw new Error("the plan tab shows no Fetch");
  const executed = await graphiql.readPlan({ isExecuted: true });
  await graphiql.waitForAnswer(options.expect, wait);
  if (executed.length === 0) throw new Error("the plan of the executed operation shows no Fetch");

  const timeline = page.getByTestId("plan-timeline");
  if ((await timeline.getByTestId("timeline-fetch").count()) === 0) throw new Error("the timeline shows no fetch");
  await timeline.scrollIntoViewIfNeeded();
  if (options.screenshot) await page.screenshot({ path: options.screenshot });
  if (faults.length > 0) throw new Error(`the page was not clean:\n${faults.join("\n")}`);
  return { user, events, fetches };
}

async function main() {
  const options = readOptions(process.argv[2]);
  const browser = await launchChromium(findChromium(process.env));
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(options.timeoutSeconds * 1000);
    try {
      console.log(JSON.stringify(await useExplorer(page, options)));
    } catch (reason) {
      if (options.screenshot) await page.screenshot({ path: options.screenshot }).catch(() => undefined);
      throw reason;
    }
  } finally {
    await browser.close();
  }
}

main().catch((reason) => {
  console.error(`explorer: ${reason.message}`);
  process.exitCode = 1;
});
