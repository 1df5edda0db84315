"""The page as a rater uses it: mouse, keys, and what is to be read."""

import re
from contextlib import contextmanager

PATIENCE_MS = 30_000


class Page:
    """One browser window with the viewer's page.

    Attributes
    ----------
    raw
        The ``playwright`` page.
    problems
        What the browser's console said of errors.
    requests
        Addresses that were asked for.
    """

    def __init__(self, raw, address):
        self.raw = raw
        self.address = address
        self.problems, self.requests = [], []
        raw.set_default_timeout(PATIENCE_MS)
        raw.on("console", lambda one: one.type == "error" and self.problems.append(one.text))
        raw.on("pageerror", lambda error: self.problems.append(str(error)))
        raw.on("request", lambda one: self.requests.append(one.url))
        raw.goto(address)

    def wait_until_ready(self):
        """Wait for the page, and for the first picture of each view."""
        self.raw.wait_for_selector(".views")
        return self

    def wait_for_case(self, patient_id):
        self.raw.wait_for_selector(f".now strong:text-is('{patient_id}')")
        self.settle()

    def sign_in(self, name, role="reader"):
        """Sign in by the form that the page shows, or by the rater's name in the header."""
        form = self.raw.locator("form.card")
        if not form.is_visible():
            self.raw.click("button.rater")
        form.locator("input[name=rater]").fill(name)
        select = form.locator("select[name=role]")
        if select.is_enabled():
            select.select_option(role)
        form.locator("button[type=submit]").click()
        self.raw.wait_for_selector(f"button.rater:has-text('{name}')")

    def open_case(self, patient_id):
        self.raw.click(f"[data-case='{patient_id}']")
        self.wait_for_case(patient_id)

    def choose_region(self, roi):
        self.raw.click(f"button.roi:has-text('{roi}')")
        self.raw.wait_for_selector(f"button.roi.on:has-text('{roi}')")

    def choose_tool(self, tool):
        """Take a tool; one that is in the hand stays there."""
        button = self.raw.locator(f"[data-tool={tool}]")
        if button.get_attribute("aria-pressed") != "true":
            button.click()
        self.raw.wait_for_selector(f"[data-tool={tool}].on")

    def set(self, label, value):
        """Move a control of the tool to a value."""
        control = self.raw.locator(f".options label:has-text('{label}') input")
        control.evaluate(
            "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }",
            value,
        )
        self.settle()

    def drag(self, view, *points):
        """Drag through points of a view, as shares of its width and height."""
        self.hold(view, *points)
        self.raw.mouse.up()

    def hold(self, view, *points):
        """Drag and keep the button pressed."""
        box = self.raw.locator(f"[data-view={view}]").bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        mouse = self.raw.mouse
        mouse.move(*places[0])
        mouse.down()
        for place in places[1:]:
            mouse.move(*place, steps=8)

    def point_at(self, view, x, y):
        """Move the mouse over a view, as shares of its width and height."""
        box = self.raw.locator(f"[data-view={view}]").bounding_box()
        self.raw.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=8)

    def cell(self, roi, feature, column=2):
        """The text of a cell of the feature table; by default the measured value."""
        return self.raw.locator(f"[data-key='{roi}/{feature}'] td:nth-child({column})").inner_text()

    def cells(self, roi):
        """All measured values of a region."""
        rows = self.raw.locator(f"tr[data-key^='{roi}/']")
        return dict(
            rows.evaluate_all(
                "rows => rows.map(row => [row.dataset.key.split('/')[1],"
                " row.querySelector('.measured').textContent])"
            )
        )

    def wait_for_change(self, roi, feature, before):
        """Wait until a measured value is another."""
        self.raw.wait_for_function(
            "([key, before]) => document.querySelector(`[data-key='${key}'] .measured`)"
            ".textContent !== before",
            arg=[f"{roi}/{feature}", before],
        )
        self.settle()
        return self.cell(roi, feature)

    @contextmanager
    def changing(self, roi, feature):
        """Wait at the end until a measured value is another than it was at the beginning."""
        before = self.cell(roi, feature)
        yield
        self.wait_for_change(roi, feature, before)

    def press(self, action):
        """Press the button that stands for an action."""
        self.raw.click(f"[data-action={action}]:visible")

    def tab(self, name):
        self.raw.click(f"#tab-{name}")

    def wait_for_message(self, part):
        """Wait for a message over the page that holds some words; return all of it."""
        return self.raw.locator(f'.message span:has-text("{part}")').inner_text()

    def state(self):
        """Where the review of the open version stands."""
        return self.raw.locator(".now .chip").inner_text()

    def wait_for_state(self, state):
        self.raw.wait_for_selector(f".now .chip.{state}")

    def settle(self, milliseconds=300):
        """Let events that are on their way arrive."""
        self.raw.wait_for_timeout(milliseconds)
        self.raw.wait_for_function("!document.querySelector('.busy').textContent.trim()")


def number(text):
    """Read a number as the page writes it."""
    return float(re.sub(r"[^\d.eE+-]", "", text.replace("−", "-")))
