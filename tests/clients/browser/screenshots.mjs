// Takes the pictures that README and docs show, from a running shop.
//
// usage: node screenshots.mjs http://127.0.0.1:4000 FOLDER
import { join } from "node:path";
import { findChromium, launchChromium, watchFaults } from "./chromium.mjs";
import { GraphiQLPage } from "./graphiql.mjs";

const SIZE = { width: 1280, height: 800 };
const ADA = { email: "ada@example.com", password: "entrepot-demo-1" };

async function settle(page) {
  await page.waitForFunction(() => !document.querySelector(".skeleton"));
  // Those below the window are loaded when one gets there.
  await page.waitForFunction(() =>
    [...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight),
  );
}

async function takeHome(page, url, folder) {
  await page.goto(url);
  await page.locator(".card-link").first().waitFor();
  await settle(page);
  await page.screenshot({ path: join(folder, "storefront.png") });
}

/** An order of two products by a demo customer, just confirmed. */
async function takeOrder(page, url, folder) {
  for (const slug of ["dockside-press", "harbour-espresso"]) {
    await page.goto(`${url}/product/${slug}`);
    await page.getByRole("button", { name: "Add to cart" }).click();
    await page.getByText("In your cart.").waitFor();
  }
  await page.goto(`${url}/checkout`);
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("Email").fill(ADA.email);
  await page.getByLabel("Password").fill(ADA.password);
  await page.getByRole("form").getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Street and number").fill("1 Quay Street");
  await page.getByLabel("Postal code").fill("20457");
  await page.getByLabel("City").fill("Hamburg");
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.locator(".timeline .reached").nth(3).waitFor();
  await settle(page);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(folder, "storefront-order.png") });
}

/** The explorer with its first query answered. */
async function takeExplorer(page, url, folder) {
  const graphiql = new GraphiQLPage(page);
  await page.goto(`${url}/graphql`);
  await page.locator(".graphiql-query-editor .view-lines").waitFor();
  await graphiql.showPlugin("Login", "login-panel");
  await graphiql.run();
  await graphiql.waitForAnswer('"data": {', 20_000);
  await page.screenshot({ path: join(folder, "explorer.png") });
}

async function main() {
  const [url, folder] = process.argv.slice(2);
  if (!url || !folder) throw new Error("usage: node screenshots.mjs URL FOLDER");
  const browser = await launchChromium(findChromium(process.env));
  try {
    for (const take of [takeHome, takeOrder, takeExplorer]) {
      const context = await browser.newContext({
        viewport: SIZE,
        deviceScaleFactor: 1.5,
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      const faults = watchFaults(page, url, () => true);
      await take(page, url.replace(/\/$/, ""), folder);
      if (faults.length > 0) throw new Error(`the page was not clean:\n${faults.join("\n")}`);
      await context.close();
    }
  } finally {
    await browser.close();
  }
}

main().catch((reason) => {
  console.error(`screenshots: ${reason.message}`);
  process.exitCode = 1;
});
