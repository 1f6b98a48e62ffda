"""The training page in tests that drive the app without a browser."""

PAGE = "pages/training.py"


def open_page(app):
    """At once, as whoever comes by the page's address."""
    app.session_state["wanted_page"] = PAGE
    app.run()
    assert not app.exception
    return app


def texts(elements):
    return "\n".join(element.value for element in elements)


def button(app, label):
    return next(button for button in app.button if button.label == label)
