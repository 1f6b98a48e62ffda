// What the hand does on the picture: grey levels, moving, measuring, and correcting the outline.

const HANDS = { grey: "Grey levels: drag", move: "Move: drag (Shift + drag)", ruler: "Ruler: drag (M)" };
const CLICK_PX = 4; // a press that never moved further is a click

function bindPointers(view, stage) {
  const fingers = new Map();
  let drag = null; // { what, panel, x, y, … } of the hand's last known place

  stage.addEventListener("pointerdown", (event) => {
    const spot = view.locate(event);
    if (!spot) return;
    stage.focus({ preventScroll: true });
    spot.panel.canvas.setPointerCapture(event.pointerId);
    const isTouch = event.pointerType === "touch";
    if (isTouch) fingers.set(event.pointerId, event);
    if (fingers.size > 1) return abandon();
    if (event.button > 1) return;
    const pans = !isTouch && (event.button === 1 || event.shiftKey);
    const what = pans ? "move" : isTouch && view.hand === "grey" ? "swipe" : view.hand;
    drag = { what, panel: spot.panel, x: event.clientX, y: event.clientY, hasMoved: what in BRUSHES, swiped: 0 };
    if (what in BRUSHES) drag.last = view.correction.paintAt(spot, null);
    if (what === "ruler") drag.ruler = view.rulers.beginAt(spot);
    event.preventDefault();
  });

  stage.addEventListener("pointermove", (event) => {
    if (fingers.size > 1 && fingers.has(event.pointerId)) pinch(event);
    else if (drag) {
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      drag.hasMoved ||= Math.hypot(dx, dy) >= CLICK_PX;
      if (drag.hasMoved) {
        move(event, dx, dy);
        Object.assign(drag, { x: event.clientX, y: event.clientY });
      }
    }
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
    view.hover(event);
  });

  function move(event, dx, dy) {
    const spot = view.locate(event);
    if (drag.what === "move") view.panBy(dx, dy, drag.panel);
    else if (drag.what === "grey") view.dragWindow(dx, dy, drag.panel.cell.contrast);
    else if (drag.what === "ruler") view.rulers.stretch(drag.ruler, spot);
    else if (drag.what in BRUSHES) drag.last = view.correction.paintAt(spot, drag.last) ?? drag.last;
    else if (drag.what === "swipe") {
      drag.swiped -= dy;
      const steps = Math.trunc(drag.swiped / TOUCH_SLICE_PX);
      drag.swiped -= steps * TOUCH_SLICE_PX;
      if (steps) view.step(steps, event.timeStamp, spot);
    }
  }

  function pinch(event) {
    const old = spread(fingers);
    fingers.set(event.pointerId, event);
    const now = spread(fingers);
    const spot = view.locate({ ...now, target: event.target });
    view.panBy(now.clientX - old.clientX, now.clientY - old.clientY, spot?.panel);
    view.zoomBy(now.distance / Math.max(old.distance, 1), spot);
  }

  // As if the hand had not come down.
  function abandon() {
    if (drag?.what === "ruler") view.rulers.drop(drag.ruler);
    if (drag?.last) view.correction.takeBack();
    drag = null;
  }

  stage.addEventListener("pointerup", (event) => {
    fingers.delete(event.pointerId);
    if (!drag) return;
    const { what, ruler, hasMoved } = drag;
    drag = null;
    if (what === "ruler") view.rulers.end(ruler);
    else if (what in BRUSHES) view.correction.tell();
    else if (!hasMoved && event.button === 0) view.placeCursor(view.locate(event));
  });
  // Another picture comes under the hand.
  view.releaseHand = () => (drag = null);
  stage.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    abandon();
  });
  stage.addEventListener("pointerleave", () => view.hover(null));
  stage.addEventListener("dblclick", () => view.hand === "grey" && view.resetWindow());
  // The middle button would start the browser's own scrolling.
  stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
}

function spread(fingers) {
  const [a, b] = [...fingers.values()];
  return {
    distance: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
    clientX: (a.clientX + b.clientX) / 2,
    clientY: (a.clientY + b.clientY) / 2,
  };
}
