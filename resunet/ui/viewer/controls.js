// Hands and keys. Everything here ends in a method of the view; nothing here draws.

const SLICE_KEYS = {
  ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1,
  PageUp: 5, PageDown: -5, Home: -Infinity, End: Infinity,
};
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

function bindKeys(view, stage) {
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in SLICE_KEYS) view.step(SLICE_KEYS[key], event.timeStamp);
    else if (key === "h") view.set({ hidden: !view.settings.hidden });
    else if (key === "c") view.cycleMode();
    else if (key === "+" || key === "=") view.zoomBy(1.25);
    else if (key === "-" || key === "_") view.zoomBy(0.8);
    else if (key === "0") view.resetView();
    else if (key === "?") view.toggleHelp();
    else return;
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
      if (event.ctrlKey || event.metaKey) {
        view.zoomBy(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 240), view.locate(event));
      } else {
        const steps = wheel.take(event);
        if (steps) view.step(steps, event.timeStamp);
      }
      view.hover(event);
    },
    { passive: false },
  );
}

function spread(fingers) {
  const [a, b] = [...fingers.values()];
  return {
    distance: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
    clientX: (a.clientX + b.clientX) / 2,
    clientY: (a.clientY + b.clientY) / 2,
  };
}

function bindPointers(view, stage) {
  const fingers = new Map();
  let drag = null; // { what, x, y } of the hand's last known place
  let swiped = 0;

  stage.addEventListener("pointerdown", (event) => {
    const canvas = event.target.closest?.("canvas");
    if (!canvas) return;
    stage.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      fingers.set(event.pointerId, event);
      swiped = 0;
      return;
    }
    const pans = event.button === 1 || (event.button === 0 && event.shiftKey);
    if (!pans && event.button !== 0) return;
    event.preventDefault();
    drag = { what: pans ? "pan" : "window", x: event.clientX, y: event.clientY };
  });

  stage.addEventListener("pointermove", (event) => {
    if (fingers.has(event.pointerId)) moveFinger(event);
    else if (drag) {
      const dx = event.clientX - drag.x;
      const dy = event.clientY - drag.y;
      drag = { ...drag, x: event.clientX, y: event.clientY };
      if (drag.what === "pan") view.panBy(dx, dy);
      else view.windowBy(dx, dy);
    }
    view.hover(event);
  });

  function moveFinger(event) {
    const before = fingers.get(event.pointerId);
    if (fingers.size === 1) {
      swiped += before.clientY - event.clientY;
      const steps = Math.trunc(swiped / TOUCH_SLICE_PX);
      swiped -= steps * TOUCH_SLICE_PX;
      if (steps) view.step(steps, event.timeStamp);
    } else {
      const old = spread(fingers);
      fingers.set(event.pointerId, event);
      const now = spread(fingers);
      view.panBy(now.clientX - old.clientX, now.clientY - old.clientY);
      view.zoomBy(now.distance / Math.max(old.distance, 1), view.locate({ ...now, target: event.target }));
    }
    fingers.set(event.pointerId, event);
  }

  const letGo = (event) => {
    fingers.delete(event.pointerId);
    drag = null;
  };
  stage.addEventListener("pointerup", letGo);
  stage.addEventListener("pointercancel", letGo);
  stage.addEventListener("pointerleave", () => view.hover(null));
  stage.addEventListener("dblclick", () => view.resetWindow());
  // The middle button would start the browser's own scrolling.
  stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
}

function bindTools(view, find) {
  find(".mode").addEventListener("change", (e) => view.set({ mode: e.target.value, hidden: false }));
  find(".scale").addEventListener("change", (e) => view.set({ scale: e.target.value }));
  find(".opacity").addEventListener("input", (e) => view.set({ opacity: e.target.value / 100 }));
  find(".threshold").addEventListener("input", (e) => view.setThreshold(Number(e.target.value)));
  find(".threshold").addEventListener("change", () => view.tellNow());
  find(".slice").addEventListener("input", (e) => view.goTo(Number(e.target.value), e.timeStamp));
  find(".zoom-in").addEventListener("click", () => view.zoomBy(1.25));
  find(".zoom-out").addEventListener("click", () => view.zoomBy(0.8));
  find(".reset").addEventListener("click", () => view.resetView());
  find(".help-button").addEventListener("click", () => view.toggleHelp());
  find(".help-close").addEventListener("click", () => view.toggleHelp());
  find(".viewer").addEventListener("keydown", (event) => {
    if (event.key === "Escape") view.toggleHelp(false);
    // Letters typed on a slider or button are not Streamlit's shortcuts either.
    if (event.key.length === 1) event.stopPropagation();
  });
}

function bindControls(view, find) {
  const stage = find(".stage");
  bindKeys(view, stage);
  bindWheel(view, stage);
  bindPointers(view, stage);
  bindTools(view, find);
}
