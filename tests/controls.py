"""A reader's hands: each control of a page by mouse and by keyboard."""

import pytest
from playwright.sync_api import Locator

MOUSE, KEYBOARD = "mouse", "keyboard"
BY = pytest.mark.parametrize("by", [MOUSE, KEYBOARD])
MOST_TABS = 150
"""More than any page has between its start and its last control."""
AROUND = 6
"""Pixels around a control in which its focus has to show."""

STEP_TOWARDS = """control => {
    const now = document.activeElement;
    if (now === control) return "";
    return now !== document.body && now.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_PRECEDING
        ? "Shift+Tab" : "Tab";
}"""
"""The key that comes nearer to a control; none if it has the focus."""


def press(control: Locator, by: str, key: str = "Enter") -> None:
    """Clicks a control; or comes to it by keyboard and presses a key."""
    if by == MOUSE:
        control.click()
    else:
        reach(control)
        control.page.keyboard.press(key)


def reach(control: Locator) -> None:
    """Comes to a control with Tab alone, from where the focus is, and sees that its focus shows."""
    control.wait_for()
    keyboard = control.page.keyboard
    for _ in range(MOST_TABS):
        key = control.evaluate(STEP_TOWARDS)
        if not key:
            assert_focus_shows(control)
            return
        if control.page.evaluate("document.activeElement.closest('.cm-editor') !== null"):
            keyboard.press("Escape")  # there Tab indents
        keyboard.press(key)
    pytest.fail(f"Tab does not reach {control}")


def assert_focus_shows(control: Locator) -> None:
    """The page looks different there when the control has not the focus."""
    seen = _picture(control)
    control.evaluate("control => control.blur()")
    unseen = _picture(control)
    control.evaluate("control => control.focus({ preventScroll: true })")
    assert seen != unseen, f"the focus of {control} cannot be seen"


def _picture(control: Locator) -> bytes:
    box = control.bounding_box()
    assert box
    clip = {"x": max(0, box["x"] - AROUND), "y": max(0, box["y"] - AROUND)}
    clip |= {"width": box["width"] + 2 * AROUND, "height": box["height"] + 2 * AROUND}
    return control.page.screenshot(clip=clip, caret="hide", animations="disabled")
