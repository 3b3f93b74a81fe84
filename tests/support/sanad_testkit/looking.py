"""Is a page fit for people, whatever is on it? In its language, without anything for axe-core to object to, no wider
than the window; and with the keyboard alone.
"""

from typing import Any

from playwright.sync_api import Page

from sanad_testkit.browser import Visitor, axe, overflowing

DIRECTIONS = {"en": "ltr", "ur": "rtl"}
CONTROLS = """() => {
  const listed = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  const open = [...listed].filter((one) =>
    one.checkVisibility() && !one.disabled && one.type !== "hidden" && one.tabIndex >= 0);
  open.forEach((one, number) => { one.dataset.control = number; });
  document.activeElement?.blur();
  return open.map((one) => one.outerHTML.slice(0, 120));
}"""
FOCUSED = """async () => {
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));  // it has scrolled there
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const box = one.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { control: one.dataset.control ?? "", seen: outlined && inside };
}"""


def must_be_fit(visitor: Visitor, page: Page) -> None:
    """Fail unless the page that the tab shows is as every page must be."""
    page.wait_for_load_state()
    root = page.locator("html")
    assert root.get_attribute("lang") == visitor.language, page.url
    assert root.get_attribute("dir") == DIRECTIONS[visitor.language]
    assert page.locator("h1").count() == 1
    assert overflowing(page) == [], page.url
    assert axe(page) == [], page.url
    text = page.locator("body").inner_text()
    assert "⟨U+2068⟩" not in text  # what isolates a value in a sentence was taken for a part of it
    assert "None" not in text.split()


def must_be_reachable(page: Page) -> int:
    """Fail unless Tab leads to every control, one after the other, and it is seen where one is. How many there are."""
    controls: list[str] = page.evaluate(CONTROLS)
    assert controls
    missed = dict(enumerate(controls))
    unseen: list[str] = []
    page.evaluate("() => scrollTo(0, 0)")
    for _ in range(3 * len(controls) + 20):  # a date has a stop for each of its parts
        if not missed:
            break
        page.keyboard.press("Tab")
        told: dict[str, Any] = page.evaluate(FOCUSED)
        if told["control"] and missed.pop(int(told["control"]), "") and not told["seen"]:
            unseen.append(controls[int(told["control"])])
    assert not missed, f"Tab does not lead to {list(missed.values())}"
    assert not unseen, f"it is not seen that one is at {unseen}"
    return len(controls)
