// GraphiQL as a user sees it: the editors, the run button, the plugins of the explorer.

const RUN_BUTTON = ".graphiql-execute-button";

export class GraphiQLPage {
  constructor(page) {
    this.page = page;
  }

  /** Opens the page at the first of its default tabs. */
  async openFirstTab(url) {
    await this.page.goto(url, { waitUntil: "load" });
    await this.page.locator(".graphiql-query-editor .view-lines .mtk1").first().waitFor();
    await this.page.locator(RUN_BUTTON).waitFor();
  }

  async open(url) {
    await this.openFirstTab(url);
    // A tab of its own: the variables of the first default tab belong to its own query.
    await this.page.getByRole("button", { name: "New tab" }).click();
  }

  async openTab(name) {
    await this.page.locator(".graphiql-tab-button", { hasText: name }).click();
    await this.page.locator(".graphiql-tab-active", { hasText: name }).waitFor();
  }

  /** Brings a panel into view where a window shows only one of them at a time. */
  async showPanel(name) {
    const button = this.page.getByTestId("panel-switch").locator(`[data-panel="${name}"]`);
    if (await button.isVisible()) await button.click();
  }

  /** The variables that were filled in for the last run, each with where its value came from. */
  readFilled() {
    return this.page
      .getByTestId("filled-value")
      .evaluateAll((nodes) =>
        nodes.map((node) => [
          node.dataset.variable,
          node.querySelector("code").textContent,
          node.querySelector("small").textContent,
        ]),
      );
  }

  /** Whether the lines on screen of the answer hold the text. */
  async seesInAnswer(text) {
    return (await this.page.locator(".graphiql-response .view-lines").innerText()).includes(text);
  }

  /** Opens a plugin by its title, whether or not it is open already. */
  async showPlugin(title, testId) {
    const panel = this.page.getByTestId(testId);
    if (!(await panel.isVisible())) await this.page.getByRole("button", { name: `Show ${title}`, exact: true }).click();
    await panel.waitFor();
  }

  async logInAs(label) {
    await this.showPlugin("Login", "login-panel");
    const buttons = this.page.getByTestId("login-demo-user");
    const button = buttons.and(this.page.locator(`[data-label=${JSON.stringify(label)}]`));
    if ((await button.count()) === 0) {
      const labels = await buttons.evaluateAll((nodes) => nodes.map((node) => node.dataset.label));
      throw new Error(`no demo user is labelled "${label}"; there are: ${labels.join(", ") || "none"}`);
    }
    await button.click();
    const failure = this.page.getByTestId("login-error");
    await this.page.getByTestId("login-name").or(failure).waitFor();
    if (await failure.isVisible()) throw new Error(`the login was refused: ${await failure.innerText()}`);
    return this.page.getByTestId("login-name").innerText();
  }

  /** Replaces the operation editor's text by a paste (typed brackets would close themselves), and checks what it took. */
  async writeOperation(text) {
    // The whole editor, not its lines: those scroll away below the pointer when one of them is long.
    await this.page.locator(".graphiql-query-editor .monaco-editor").first().click();
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.press("Delete");
    await this.page.evaluate(pasteText, text);
    let written = "";
    for (let attempt = 0; attempt < 50 && withoutSpace(written) !== withoutSpace(text); attempt++) {
      await this.page.waitForTimeout(20);
      written = await this.#readEditor(".graphiql-query-editor");
    }
    if (withoutSpace(written) !== withoutSpace(text)) throw new Error(`the editor did not take the text: ${written}`);
  }

  async run() {
    await this.page.getByRole("button", { name: /^Execute query/ }).click();
  }

  /** Stops what runs; a stream that has ended by itself needs no stopping. */
  async stop() {
    const button = this.page.getByRole("button", { name: /^Stop query/ });
    if (await button.isVisible()) await button.click();
    await this.page.getByRole("button", { name: /^Execute query/ }).waitFor();
  }

  /** The answer, as soon as it holds the text; throws with the answer when the time is up. */
  async waitForAnswer(expected, milliseconds) {
    const end = Date.now() + milliseconds;
    let answer = "";
    while (Date.now() < end) {
      answer = await this.#readEditor(".graphiql-response");
      if (withoutSpace(answer).includes(withoutSpace(expected))) return answer;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`no answer with ${JSON.stringify(expected)}; the last one: ${answer.slice(0, 1000) || "empty"}`);
  }

  /** Asks for the plan, of a dry run or of an execution, and returns the fetches that the diagram shows. */
  async readPlan({ isExecuted }) {
    await this.page.getByTestId(isExecuted ? "plan-run" : "plan-show").click();
    const failure = this.page.getByTestId("plan-error");
    await this.page.locator(`[data-testid="plan-state"][data-executed="${isExecuted}"]`).or(failure).waitFor();
    if (await failure.isVisible()) throw new Error(`no plan: ${await failure.innerText()}`);
    const fetches = this.page.getByTestId("plan-diagram").getByTestId("plan-fetch");
    return fetches.evaluateAll((nodes) => nodes.map((node) => node.getAttribute("aria-label")));
  }

  /** The whole text of the Monaco editor in this part of the page: the lines on screen are only a part of it. */
  #readEditor(selector) {
    return this.page.evaluate((within) => {
      const editors = globalThis.__MONACO.editor.getEditors();
      return editors.find((editor) => editor.getContainerDomNode().closest(within))?.getValue() ?? "";
    }, selector);
  }
}

/** Runs in the page: what the browser does on Ctrl-V, without the permission that the clipboard needs. */
function pasteText(text) {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}

function withoutSpace(text) {
  return text.replace(/\s+/g, "");
}
