"""Driving a page without a browser: what tests of several pages share."""


def open_page(app, page):
    """The app on a page of its own navigation."""
    app.run()
    app.switch_page(page).run()
    assert not app.exception
    return app


def texts(app):
    """All that is written on the page."""
    kinds = (app.markdown, app.caption, app.info, app.error, app.warning)
    return "\n".join(each.value for kind in kinds for each in kind)


def progress(app):
    """What stands above the progress bars."""
    return [each.proto.text for each in app.get("progress")]


def press(app, label):
    """Presses the button that is called so."""
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception
