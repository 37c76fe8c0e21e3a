"""An open page in a browser, for tests of pages that lie in a file."""


class Visit:
    """An open page, and everything it complained about or asked for."""

    def __init__(self, browser, file, **context):
        self.file = file
        self.context = browser.new_context(accept_downloads=True, **context)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def __enter__(self):
        self.page.goto(self.file.as_uri())
        return self

    def __exit__(self, *_):
        self.context.close()
