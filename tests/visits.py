"""An open page in a browser."""


class Visit:
    """An open page of a file or of an address, and everything it complained about or asked for."""

    def __init__(self, browser, page, **context):
        self.address = page if isinstance(page, str) else page.as_uri()
        self.context = browser.new_context(accept_downloads=True, **context)
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
