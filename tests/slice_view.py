"""The slice view on the page of `browser/canvas_app.py`: how tests use it and read it."""

import colorsys
import hashlib

LONG_MS = 120_000  # the first load on a busy machine
SHELF = "globalThis[Symbol.for('resunet-layers/1')]"
MARK = "#ffd84d"  # cross, rulers and spots
LAYOUTS = {
    "paper": "Expert, network and uncertainty side by side",
    "single": "One large picture",
    "contrasts": "The four contrasts",
    "planes": "Axial, coronal and sagittal",
}

# The head's rows 7 … 89 and columns 7 … 73 in 12 slices: the middle of each plane's section.
_MIDDLES = {"coronal": (6, 40.5), "sagittal": (6, 48.5)}
_AXIAL_MIDDLE = (48.5, 40.5)

# Pixels of one hue (degrees; null for white), whatever grey they are mixed with: how many, and
# the box that holds them, in pixels of the canvas.
_FIND = """
(canvas, hue) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const found = { count: 0, left: width, right: 0, top: height, bottom: 0, width, height };
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = data.subarray(i, i + 3);
    const most = Math.max(r, g, b);
    const span = most - Math.min(r, g, b);
    if (hue === null) {
      if (most - span <= 250) continue;
    } else {
      if (span < 40) continue;
      const sixth =
        most === r ? (g - b) / span : most === g ? 2 + (b - r) / span : 4 + (r - g) / span;
      if (Math.abs(((60 * sixth - hue + 900) % 360) - 180) > 4) continue;
    }
    const x = (i / 4) % width;
    const y = Math.floor(i / 4 / width);
    found.count++;
    found.left = Math.min(found.left, x);
    found.right = Math.max(found.right, x + 1);
    found.top = Math.min(found.top, y);
    found.bottom = Math.max(found.bottom, y + 1);
  }
  return found;
}
"""


def hue_of(colour):
    """Degrees of a colour such as ``"#ff4d4d"``."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 360 * colorsys.rgb_to_hls(*channels)[0]


def canvas(page, panel):
    return page.locator(f'[data-panel="{panel}"] canvas')


def find_colour(page, panel, colour):
    """Count and box of a panel's pixels of a colour's hue, once what is due is drawn."""
    drawn(page)
    return canvas(page, panel).evaluate(_FIND, hue_of(colour))


def find_white(page, panel):
    drawn(page)
    return canvas(page, panel).evaluate(_FIND, None)


def picture(page, panel):
    """Stands for all pixels of a panel."""
    drawn(page)
    url = canvas(page, panel).evaluate("canvas => canvas.toDataURL()")
    return hashlib.sha256(url.encode()).hexdigest()


def grey_at(page, panel, v, h):
    """Red of the canvas's pixel at the middle of a section's pixel; the view not zoomed."""
    drawn(page)
    x, y = point(page, panel, v, h)
    box = canvas(page, panel).bounding_box()
    place = [int(x - box["x"]), int(y - box["y"])]
    script = "(canvas, place) => canvas.getContext('2d').getImageData(...place, 1, 1).data[0]"
    return canvas(page, panel).evaluate(script, place)


def drawn(page, frames=2):
    """Waits until what is due has been drawn."""
    page.evaluate(
        "frames => new Promise((done) => {"
        "  const next = (left) => requestAnimationFrame(() => left > 1 ? next(left - 1) : done());"
        "  next(frames);"
        "})",
        frames,
    )


def scale_of(page, panel):
    """Screen pixels per mm; the view not zoomed."""
    box = canvas(page, panel).bounding_box()
    wide = 83 if panel in ("axial", "coronal", "sagittal") else 67
    return min((box["width"] - 44) / wide, (box["height"] - 44) / 83)


def point(page, panel, v, h):
    """The page's place of the middle of a section's pixel; the view not zoomed."""
    middle_v, middle_h = _MIDDLES.get(panel, _AXIAL_MIDDLE)
    box, scale = canvas(page, panel).bounding_box(), scale_of(page, panel)
    return (
        box["x"] + box["width"] / 2 + (h + 0.5 - middle_h) * scale,
        box["y"] + box["height"] / 2 + (v + 0.5 - middle_v) * scale,
    )


def point_at(page, panel, v, h):
    page.mouse.move(*point(page, panel, v, h))


def click_at(page, panel, v, h):
    page.mouse.click(*point(page, panel, v, h))


def stroke(page, panel, *places):
    """Draws the mouse from pixel to pixel of a section."""
    point_at(page, panel, *places[0])
    page.mouse.down()
    for place in places[1:]:
        point_at(page, panel, *place)
    page.mouse.up()


def zoom_by_wheel(page, notches=1):
    page.keyboard.down("Control")
    for _ in range(notches):
        page.mouse.wheel(0, -120)
        drawn(page)
    page.keyboard.up("Control")


def press(page, *keys):
    """Keys on the picture."""
    page.locator(".stage").focus()
    for key in keys:
        page.keyboard.press(key)
    drawn(page)


def choose_layout(page, layout):
    page.get_by_role("radio", name=LAYOUTS[layout]).click()
    drawn(page)


def panels(page):
    return page.locator(".panel").evaluate_all("all => all.map((each) => each.dataset.panel)")


def detail(page, panel):
    drawn(page)
    return page.locator(f'[data-panel="{panel}"] .detail').inner_text()


def message(page, panel):
    drawn(page)
    return page.locator(f'[data-panel="{panel}"] .message').inner_text()


def values(page):
    drawn(page)
    return page.locator(".values").inner_text()


def lengths(page):
    """What is said of the rulers on screen."""
    drawn(page)
    return page.locator(".lengths").inner_text()


def slice_shown(page):
    drawn(page)
    return int(page.locator(".viewer").get_attribute("data-slice"))


def wait_for_slice(page, index):
    page.locator(f'.viewer[data-slice="{index}"]').wait_for()


def wait_for_python(page, text):
    page.get_by_text(f"Python knows {text}").wait_for()


def wait_for_view(page):
    """Until all layers are on screen and Python has run to its end."""
    page.set_default_timeout(LONG_MS)
    page.locator('.viewer[data-ready="true"][data-overlay="true"]').wait_for()
    page.wait_for_function(f"() => {SHELF}.packs.size === 4")
    wait_for_python(page, "slice 5")
    return page
