"""An open page in a browser.

What a page does after a click or a message takes time, and more of it on a machine that has other things to do. So
tests wait for what they expect (`expect`, `Visit.until`); they look at once only at what is done while a click is.
"""

import time

from playwright.sync_api import expect

PATIENCE = 120_000
"""Milliseconds that anything may take."""

expect.set_options(timeout=PATIENCE)


class Visit:
    """An open page of a file or of an address, and everything it complained about or asked for."""

    def __init__(self, browser, page, **context):
        self.address = page if isinstance(page, str) else page.as_uri()
        self.context = browser.new_context(accept_downloads=True, **context)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _note(self, message):
        """Keep what the page says."""
        self.complaints.append(message.text)

    def __enter__(self):
        self.page.goto(self.address)
        return self

    def __exit__(self, *_):
        self.context.close()

    def until(self, holds):
        """Wait until this holds; looks five times a second, and before it begins to wait."""
        end = time.monotonic() + PATIENCE / 1000
        while not holds():
            assert time.monotonic() < end, "it never came to hold"
            self.page.wait_for_timeout(200)

    def settled(self, look):
        """What a look finds once it has found the same for a second."""
        found = look()
        while True:
            self.page.wait_for_timeout(1000)
            before, found = found, look()
            if before == found:
                return found

    def wait_for_quiet(self):
        """Wait until the page has asked for nothing more for a second; the driver's own sign sometimes never comes."""
        self.settled(lambda: len(self.requests))
