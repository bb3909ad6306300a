// Measures whether the explorer can be used at the size of its window.
import { GraphiQLPage } from "./graphiql.mjs";

/** Opens every panel; returns the widths that a user sees, and keeps a picture of each. */
export async function measureLayout(page, { url, demoUser, timeoutSeconds }, path) {
  const graphiql = new GraphiQLPage(page);
  await graphiql.openFirstTab(url);
  const overflow = { start: await readOverflow(page) };
  await page.screenshot({ path: path("query") });
  const editor = await readWidth(page, ".graphiql-query-editor .monaco-editor");
  const run = await readWidth(page, ".graphiql-execute-button");
  const tabs = await countVisible(page, ".graphiql-tab-button");
  const cutTabs = await page.locator(".graphiql-tab-button").evaluateAll(
    (buttons) => buttons.filter((button) => button.scrollWidth > button.clientWidth).length,
  );
  const cutLines = await readCutLines(page);

  await graphiql.showPanel("plugin");
  await graphiql.logInAs(demoUser);
  overflow.login = await readOverflow(page);
  await page.screenshot({ path: path("login") });
  await graphiql.showPanel("query");
  await graphiql.run();
  await graphiql.waitForAnswer('"edges"', timeoutSeconds * 1000);
  const answer = await readWidth(page, ".graphiql-response .monaco-editor");
  overflow.answer = await readOverflow(page);
  await page.screenshot({ path: path("answer") });
  await graphiql.openTab("AddLine");
  await graphiql.showPanel("variables");
  const variables = await readWidth(page, ".graphiql-editor-tool .monaco-editor");
  overflow.variables = await readOverflow(page);
  await page.screenshot({ path: path("variables") });
  return { editor, run, answer, variables, tabs, cutTabs, cutLines, overflow };
}

/** How far the document is wider than the window. */
function readOverflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** The width of the part of an element that is inside the window, 0 when it is not to be seen. */
async function readWidth(page, selector) {
  const box = await page.locator(selector).first().boundingBox();
  const { width, height } = page.viewportSize();
  if (box === null || box.y < 0 || box.y + Math.min(box.height, 40) > height) return 0;
  return Math.round(Math.max(0, Math.min(box.x + box.width, width) - Math.max(box.x, 0)));
}

/** How many of the elements lie within the window altogether. */
function countVisible(page, selector) {
  return page.locator(selector).evaluateAll(
    (elements) =>
      elements.filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        const seen = document.elementFromPoint(right - 4, element.getBoundingClientRect().top + 8);
        return left >= 0 && right <= innerWidth && element.parentElement.contains(seen);
      }).length,
  );
}

/** How many lines of the query editor go on behind its right edge. */
function readCutLines(page) {
  return page.locator(".graphiql-query-editor .monaco-editor").first().evaluate((editor) => {
    const end = editor.getBoundingClientRect().right;
    const texts = [...editor.querySelectorAll(".view-line > span")];
    return texts.filter((text) => text.getBoundingClientRect().right > end).length;
  });
}
