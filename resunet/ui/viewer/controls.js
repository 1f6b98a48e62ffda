// Keys, wheel and toolbars. Everything here ends in a method of the view; nothing here draws.

const STEP_KEYS = {
  ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1,
  PageUp: 5, PageDown: -5, Home: -Infinity, End: Infinity,
};
const CURSOR_KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const TOUCH_SLICE_PX = 14;
const TRACKPAD_SLICE_PX = 36;

// A mouse wheel's notch is one slice however far the browser says it went; a trackpad's small
// deltas add up.
class WheelSteps {
  rest = 0;

  take(event) {
    const notch = event.deltaMode === 1 || (event.wheelDeltaY && event.wheelDeltaY % 120 === 0);
    if (notch) {
      this.rest = 0;
      return -Math.sign(event.deltaY);
    }
    if (Math.sign(event.deltaY) !== Math.sign(this.rest)) this.rest = 0;
    this.rest += event.deltaY;
    const steps = Math.trunc(this.rest / TRACKPAD_SLICE_PX);
    this.rest -= steps * TRACKPAD_SLICE_PX;
    return -steps;
  }
}

// What a key does, or undefined.
function actionOf(view, event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    const chord = event.shiftKey && key === "z" ? "y" : key;
    return { z: () => view.correction.undo(), y: () => view.correction.redo() }[chord];
  }
  if (event.altKey) return undefined;
  if (event.shiftKey && key in CURSOR_KEYS) return () => view.moveCursor(CURSOR_KEYS[key]);
  if (key in STEP_KEYS) return () => view.step(STEP_KEYS[key], event.timeStamp);
  const number = "1234".indexOf(key);
  if (number >= 0) return () => view.chooseContrast(number);
  return {
    h: () => view.prefer({ hidden: !view.prefs.hidden }),
    c: () => view.cycleMode(),
    w: () => view.cyclePreset(),
    l: () => view.cycleLayout(),
    p: () => view.play(),
    m: () => view.take("ruler"),
    b: () => view.take("brush"),
    e: () => view.take("eraser"),
    "[": () => view.correction.resize(-2), ",": () => view.correction.resize(-2),
    "]": () => view.correction.resize(2), ".": () => view.correction.resize(2),
    x: () => view.correction.judgeAtCursor("rejected"),
    a: () => view.correction.judgeAtCursor("accepted"),
    " ": () => view.useAtCursor(),
    Delete: () => view.rulers.remove(), Backspace: () => view.rulers.remove(),
    "+": () => view.zoomBy(1.25), "=": () => view.zoomBy(1.25),
    "-": () => view.zoomBy(0.8), _: () => view.zoomBy(0.8),
    0: () => view.resetView(),
    Escape: () => view.letGo(),
    "?": () => view.toggleHelp(),
  }[key];
}

function bindKeys(view, stage) {
  stage.addEventListener("keydown", (event) => {
    const action = actionOf(view, event);
    if (!action) return;
    action();
    event.preventDefault();
    // Streamlit's own shortcuts (c, r) listen further out.
    event.stopPropagation();
  });
}

function bindWheel(view, stage) {
  const wheel = new WheelSteps();
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const spot = view.locate(event);
      if (event.ctrlKey || event.metaKey) {
        view.zoomBy(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 240), spot);
      } else {
        const steps = wheel.take(event);
        if (steps) view.step(steps, event.timeStamp, spot);
      }
      view.hover(event);
    },
    { passive: false },
  );
}

function bindTools(view, find) {
  const on = (selector, type, act) => find(selector).addEventListener(type, act);
  on(".preset", "change", (e) => view.setWindow(e.target.value));
  for (const selector of [".window-width", ".window-level"]) {
    on(selector, "change", () => {
      const [width, level] = [".window-width", ".window-level"].map((each) => find(each).valueAsNumber);
      if (Number.isFinite(width) && Number.isFinite(level)) view.setWindow({ width, level });
    });
    on(selector, "blur", () => view.schedule());
  }
  on(".mode", "change", (e) => view.prefer({ mode: e.target.value, hidden: false }));
  on(".palette", "click", () => view.cyclePalette());
  on(".scale", "change", (e) => view.prefer({ scale: e.target.value }));
  on(".measure", "change", (e) => view.chooseMeasure(e.target.value));
  on(".threshold", "input", (e) => view.setThreshold(Number(e.target.value)));
  on(".threshold", "change", () => view.tellNow());
  on(".slice", "input", (e) => view.goTo(Number(e.target.value), e.timeStamp));
  on(".zoom-in", "click", () => view.zoomBy(1.25));
  on(".zoom-out", "click", () => view.zoomBy(0.8));
  on(".reset", "click", () => view.resetView());
  on(".play", "click", () => view.play());
  on(".correct", "click", () => view.take(view.correction.isOn ? "grey" : "brush"));
  on(".brush-size", "input", (e) => view.correction.resize(Number(e.target.value) - view.correction.size));
  on(".undo", "click", () => view.correction.undo());
  on(".redo", "click", () => view.correction.redo());
  on(".restore", "click", () => view.correction.restore());
  on(".help-button", "click", () => view.toggleHelp());
  on(".help-close", "click", () => view.toggleHelp());
  for (const chip of find(".legend").querySelectorAll(".chip")) {
    const { overlay } = chip.dataset;
    const opacity = chip.querySelector(".opacity");
    chip.querySelector("[type=checkbox]").addEventListener("change", (e) => view.show(overlay, e.target.checked));
    opacity?.addEventListener("input", (e) => view.fade(overlay, e.target.value / 100));
  }
  on(".viewer", "keydown", (event) => {
    if (event.key === "Escape") view.letGo();
    // Letters typed on a slider or button are not Streamlit's shortcuts either.
    if (event.key.length === 1) event.stopPropagation();
  });
}

function bindStrip(view, canvas) {
  const go = (event) => view.goTo(sliceUnder(canvas, view.study.header.shape[0], event.clientX), event.timeStamp);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    go(event);
  });
  canvas.addEventListener("pointermove", (event) => event.buttons && go(event));
}

function bindControls(view, find) {
  const stage = find(".stage");
  bindKeys(view, stage);
  bindWheel(view, stage);
  bindPointers(view, stage);
  bindTools(view, find);
  bindStrip(view, find(".profile"));
}
