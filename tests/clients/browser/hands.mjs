// How a person operates a page: by pointer, or by the keyboard alone.

const MOST_TABS = 200;

class PointerHands {
  constructor(page) {
    this.page = page;
  }

  async press(target) {
    await target.click();
  }

  async choose(radio) {
    await radio.check({ force: true });
  }

  async write(input, text) {
    await input.fill(text);
  }
}

/** Reaches everything by Tab; what Tab does not reach cannot be used. */
class KeyboardHands {
  constructor(page) {
    this.page = page;
  }

  async press(target) {
    await this.reach(target);
    await this.page.keyboard.press("Enter");
  }

  /** Within a group of radio buttons the arrows choose. */
  async choose(radio) {
    const name = await radio.getAttribute("name");
    await this.reach(this.page.locator(`input[name=${JSON.stringify(name)}]:checked`));
    for (let step = 0; step < MOST_TABS && !(await radio.isChecked()); step++)
      await this.page.keyboard.press("ArrowDown");
    if (!(await radio.isChecked())) throw new Error(`no arrow chooses ${radio}`);
  }

  async write(input, text) {
    await this.reach(input);
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.type(text);
  }

  async reach(target) {
    await target.waitFor();
    const isFocused = () => target.evaluate((element) => element === document.activeElement);
    for (let tabs = 0; tabs <= MOST_TABS; tabs++) {
      if (await isFocused()) return this.#checkRing(target);
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${MOST_TABS} presses of Tab do not reach ${target}`);
  }

  /** Whoever uses the keyboard has to see where they are. */
  async #checkRing(target) {
    const ring = await target.evaluate((element) => {
      const isHidden = getComputedStyle(element).opacity === "0";
      const shown = isHidden ? (element.nextElementSibling ?? element) : element;
      return getComputedStyle(shown).outlineStyle;
    });
    if (ring === "none") throw new Error(`${target} shows no focus ring`);
  }
}

export function buildHands(page, { byKeyboard }) {
  return byKeyboard ? new KeyboardHands(page) : new PointerHands(page);
}
