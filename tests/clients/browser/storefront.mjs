// Buys something in the storefront, as a guest who signs up at the checkout; exits 1 with the reason when anything is
// wrong: a message on the console, a request to another host, a text where a registered document should go, content
// wider than the window.
//
// usage: node storefront.mjs '{"url": "http://127.0.0.1:4000", "email": "new@example.com", "width": 1440,
//   "height": 900, "scheme": "light", "byKeyboard": false, "breakStream": false, "pictures": "folder",
//   "timeoutSeconds": 30}'
// Only `url` and `email` are needed. `breakStream` cuts the first stream of each order. Prints one line of JSON.
import { join } from "node:path";
import { findChromium, launchChromium, watchFaults } from "./chromium.mjs";
import { buildHands } from "./hands.mjs";

const DEFAULTS = {
  width: 1440,
  height: 900,
  scheme: "light",
  byKeyboard: false,
  breakStream: false,
  pictures: null,
  timeoutSeconds: 30,
};
/** What the page ends itself: a stream when one leaves the order, and what nobody waits for any more. */
const ENDED = new Set(["FollowOrder", "Suggest", "Viewer"]);
const PASSWORD = "a-harbour-at-dawn";

function readOptions(text) {
  const options = { ...DEFAULTS, ...JSON.parse(text ?? "{}") };
  const missing = ["url", "email"].filter((key) => typeof options[key] !== "string");
  if (missing.length > 0) throw new Error(`missing options: ${missing.join(", ")}; pass them as one JSON object`);
  return options;
}

/** Everything on the console is a fault here, and so is an operation that is sent as a text. */
function watchClosely(page, url) {
  const faults = watchFaults(page, url, (request) => ENDED.has(request.postDataJSON()?.operationName));
  const operations = [];
  page.on("console", (message) => message.type() !== "error" && faults.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    if (request.method() !== "POST" || !request.url().endsWith("/graphql")) return;
    const body = request.postDataJSON();
    operations.push(body.operationName);
    if (body.query || !body.extensions?.persistedQuery?.sha256Hash)
      faults.push(`sent as a text: ${body.operationName}`);
  });
  return { faults, operations };
}

class Visit {
  constructor(page, options) {
    this.page = page;
    this.options = options;
    this.hands = buildHands(page, options);
    this.pictures = 0;
  }

  link = (name) => this.page.getByRole("link", { name }).first();
  button = (name) => this.page.getByRole("button", { name }).first();
  input = (name) => this.page.getByLabel(name, { exact: true });

  async expectTitle(title) {
    await this.page.waitForFunction((wanted) => document.title === `${wanted} · Entrepot`, title);
  }

  async look(name) {
    const { page, options } = this;
    await page.waitForFunction(() => !document.querySelector(".skeleton"));
    // Pictures below the window are loaded when they are needed, which is now.
    await page.evaluate(() => document.querySelectorAll("img").forEach((image) => (image.loading = "eager")));
    await page.waitForFunction(() => [...document.images].every((image) => image.complete));
    const broken = await page.evaluate(() =>
      [...document.images].filter((i) => i.naturalWidth === 0).map((i) => i.src),
    );
    if (broken.length > 0)
      throw new Error(`"${name}" has pictures that are not loaded: ${broken.slice(0, 3).join(" ")}`);
    const wide = await page.evaluate(() => {
      const width = document.documentElement.clientWidth;
      const all = [...document.querySelectorAll("body *")].filter((element) => {
        const box = element.getBoundingClientRect();
        return box.right > width + 1 && box.width > 0 && !element.closest(".sr-only");
      });
      return document.documentElement.scrollWidth > width ? all.map((element) => element.outerHTML.slice(0, 80)) : [];
    });
    if (wide.length > 0) throw new Error(`"${name}" is wider than its window: ${wide.slice(0, 3).join(" ")}`);
    if (options.pictures === null) return;
    const hand = options.byKeyboard ? "-keyboard" : "";
    const file = `${name}-${options.width}-${options.scheme}${hand}.png`;
    const position = await page.evaluate(() => scrollY);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(options.pictures, file), fullPage: !["menu", "search"].includes(name) });
    await page.evaluate((top) => scrollTo(0, top), position);
    this.pictures++;
  }

  /** By the tree of categories; the menu is behind one button on a small screen. */
  async openCategory() {
    const { page, hands } = this;
    const menu = this.options.width < 1024 ? this.button("Categories") : page.locator(".menu-bar button").first();
    await hands.press(menu);
    await this.look("menu");
    await hands.press(page.locator(".menu .menu-title").first());
    const heading = page.locator("main h1");
    await heading.waitFor();
    await this.expectTitle(await heading.innerText());
    await page.locator(".card-link").first().waitFor();
    await this.look("category");
    const before = await page.locator(".card-link").count();
    await hands.press(this.button("Load more"));
    await page.waitForFunction((count) => document.querySelectorAll(".card-link").length > count, before);
    await this.#filterByPrice();
  }

  async #filterByPrice() {
    const { page, hands } = this;
    await hands.write(this.input("To EUR"), "15");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.search === "?to=15");
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".card .price")].every(
        (price) => Number(/€([\d.]+)/.exec(price.textContent)[1]) <= 15,
      ),
    );
    await hands.press(this.button("Clear"));
    await page.waitForFunction(() => location.search === "");
  }

  async searchFor(text) {
    const { page, hands } = this;
    const box = page.getByRole("combobox", { name: "Search products" });
    await hands.write(box, text);
    await page.getByRole("option").nth(1).waitFor();
    await this.look("search");
    const name = await page.locator(".option-name").first().innerText();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await this.expectTitle(name);
    return name;
  }

  async addToCart() {
    const { page, hands } = this;
    await this.look("product");
    await hands.press(page.locator("main").getByRole("button", { name: "Add to cart" }));
    await hands.press(this.link("View cart"));
    await this.expectTitle("Cart");
  }

  async changeCart() {
    const { page, hands } = this;
    const before = await page.locator(".line-total").first().innerText();
    await hands.press(this.button("One more"));
    await page.waitForFunction((text) => document.querySelector(".line-total").textContent !== text, before);
    await this.look("cart");
    await hands.press(this.link("Checkout"));
    await this.expectTitle("Checkout");
  }

  async signUp() {
    const { page, hands, options } = this;
    await page.getByRole("form", { name: "Sign up" }).waitFor();
    await this.look("checkout-account");
    await hands.write(this.input("Name"), "Grace Harbour");
    await hands.write(this.input("Email"), options.email);
    await hands.write(this.input("Password"), "short");
    await hands.press(page.getByRole("form").getByRole("button", { name: "Sign up" }));
    await page
      .locator(".field-error")
      .filter({ hasText: /10|ten/i })
      .waitFor();
    await hands.write(this.input("Password"), PASSWORD);
    await hands.press(page.getByRole("form").getByRole("button", { name: "Sign up" }));
    await page.getByRole("form", { name: "Delivery address" }).waitFor();
  }

  async giveAddress() {
    const { page, hands } = this;
    const form = page.getByRole("form", { name: "Delivery address" });
    await form.waitFor();
    await hands.press(form.getByRole("button", { name: "Continue to payment" }));
    await form.locator("[aria-invalid=true]").first().waitFor();
    await this.look("checkout-address");
    await hands.write(this.input("Street and number"), "1 Quay Street");
    await hands.write(this.input("Postal code"), "20457");
    await hands.write(this.input("City"), "Hamburg");
    await hands.press(form.getByRole("button", { name: "Continue to payment" }));
    await page.getByRole("form", { name: "Payment" }).waitFor();
  }

  async pay(card) {
    const { page, hands } = this;
    await hands.choose(page.getByRole("radio", { name: card }));
    await this.look("checkout-payment");
    await hands.press(page.getByRole("form", { name: "Payment" }).getByRole("button", { name: /^Pay/ }));
    await page.waitForFunction(() => location.pathname.startsWith("/orders/"));
    return new URL(page.url()).pathname;
  }

  async expectTimeline(names) {
    await this.page.waitForFunction(
      (wanted) =>
        JSON.stringify(
          [...document.querySelectorAll(".timeline .reached .timeline-name")].map((n) => n.textContent),
        ) === wanted,
      JSON.stringify(names),
    );
  }
}

async function buy(page, options) {
  const { faults, operations } = watchClosely(page, options.url);
  const visit = new Visit(page, options);
  const streams = options.breakStream ? await breakFirstStreams(page) : null;

  await page.goto(options.url, { waitUntil: "load" });
  await page.locator(".card-link").first().waitFor();
  await visit.look("home");
  if (options.byKeyboard) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement.textContent)) !== "Skip to the content") {
      throw new Error("the first press of Tab does not reach the skip link");
    }
  }
  await visit.openCategory();
  const product = await visit.searchFor("espresso");
  await visit.addToCart();
  await visit.changeCart();
  await visit.signUp();
  await visit.giveAddress();

  const declined = await visit.pay(/declined/);
  await visit.expectTimeline(["Order placed", "Stock reserved", "Cancelled"]);
  await page.getByText("The card was declined.").waitFor();
  await visit.look("order-declined");
  await visit.hands.press(page.locator("main").getByRole("link", { name: "Back to your cart" }));
  await visit.expectTitle("Cart");
  await page.locator(".line").filter({ hasText: product }).waitFor();
  await visit.hands.press(visit.link("Checkout"));
  await visit.giveAddress();

  const confirmed = await visit.pay(/that pays/);
  await visit.expectTimeline(["Order placed", "Stock reserved", "Payment authorised", "Confirmed"]);
  await visit.look("order");
  await page.waitForFunction(() => document.querySelector(".count") === null);

  // Everything that is in memory is gone: the session goes on with its refresh token.
  await page.reload({ waitUntil: "load" });
  await visit.expectTimeline(["Order placed", "Stock reserved", "Payment authorised", "Confirmed"]);
  await visit.hands.press(visit.link("Account of Grace Harbour"));
  await visit.expectTitle("Account");
  await page.locator(".order").nth(1).waitFor();
  await visit.look("account");
  const orders = await page.locator(".order .status").allInnerTexts();
  await visit.hands.press(visit.button("Log out"));
  await page.getByRole("link", { name: "Log in" }).first().waitFor();

  const found = streams === null ? faults : faults.filter((fault) => !/ERR_FAILED/.test(fault));
  if (found.length > 0) throw new Error(`the page was not clean:\n${[...new Set(found)].join("\n")}`);
  return {
    product,
    declined,
    confirmed,
    orders,
    operations: [...new Set(operations)].sort(),
    streams,
    pictures: visit.pictures,
  };
}

/** Cuts the first stream of each order; the second one is left alone. */
async function breakFirstStreams(page) {
  const seen = { cut: 0, whole: 0, after: [] };
  const cutOrders = new Set();
  await page.route("**/graphql", async (route) => {
    const body = route.request().postDataJSON();
    if (body?.operationName !== "FollowOrder") return route.continue();
    if (cutOrders.has(body.variables.id)) {
      seen.whole++;
      seen.after.push(body.variables.after);
      return route.continue();
    }
    cutOrders.add(body.variables.id);
    seen.cut++;
    return route.abort();
  });
  return seen;
}

async function main() {
  const options = readOptions(process.argv[2]);
  const browser = await launchChromium(findChromium(process.env));
  try {
    const page = await browser.newPage({
      viewport: { width: options.width, height: options.height },
      colorScheme: options.scheme,
      reducedMotion: "reduce",
      locale: "en-GB",
    });
    page.setDefaultTimeout(options.timeoutSeconds * 1000);
    try {
      console.log(JSON.stringify(await buy(page, options)));
    } catch (reason) {
      if (options.pictures)
        await page.screenshot({ path: join(options.pictures, "failure.png") }).catch(() => undefined);
      throw reason;
    }
  } finally {
    await browser.close();
  }
}

main().catch((reason) => {
  console.error(`storefront: ${reason.stack}`);
  process.exitCode = 1;
});
