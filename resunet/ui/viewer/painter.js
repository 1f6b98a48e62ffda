// All that a panel shows. A scene is what `SliceView.scene` gives; what panels and scenes have in
// common is drawn once.

const MARK = "#ffd84d";

// The last few canvases that were painted, by what is on them.
class Paintings {
  constructor(most) {
    this.most = most;
    this.kept = new Map();
  }

  // `paint(canvas)` says whether there is anything; null where there is not.
  get(key, paint) {
    let entry = this.kept.get(key);
    this.kept.delete(key);
    if (!entry) {
      const oldest = this.kept.size >= this.most ? this.kept.keys().next().value : null;
      const canvas = this.kept.get(oldest)?.canvas ?? document.createElement("canvas");
      this.kept.delete(oldest);
      entry = { canvas, isFull: Boolean(paint(canvas)) };
    }
    this.kept.set(key, entry);
    return entry.isFull ? entry.canvas : null;
  }
}

class Painter {
  constructor() {
    this.tables = new Map();
    this.forget();
  }

  // To be called when a study or a prediction is replaced.
  forget() {
    this.greys = new Paintings(12);
    this.heats = new Paintings(4);
    this.errors = new Paintings(4);
    this.paths = new Map();
    this.drawnCourse = this.drawnSettling = "";
  }

  panel({ canvas, cell }, section, scene, placement, { width, height, ratio, font }) {
    const context = canvas.getContext("2d");
    const { kx, ky, dx, dy, scale } = placement;
    const matrix = new DOMMatrix([kx * ratio, 0, 0, ky * ratio, dx * ratio, dy * ratio]);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(matrix);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    this.grey(context, cell, section, scene);
    if (!scene.prefs.hidden) this.overlays(context, cell, section, scene, matrix, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.marks(context, section, scene, placement, width, height, font);
    drawSides(context, section.sides, width, height, `600 13px ${font}`);
    const known = scene.study.header.spacing_mm !== null;
    drawScaleBar(context, height, width, scale, known, `500 11px ${font}`);
  }

  grey(context, cell, section, { contrasts }) {
    const name = contrasts.isHere(cell.contrast) ? cell.contrast : contrasts.shown;
    const layer = contrasts.layers.get(name);
    const [low, high] = contrasts.windowOf(name);
    const grey = greyOf(0, low, high);
    context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
    context.fillRect(0, 0, section.width, section.height);
    const cut = cutOf(layer, section);
    if (!cut) return;
    const key = `${name} ${low} ${high} ${section.key}`;
    const picture = this.greys.get(key, (canvas) =>
      paintCut(canvas, cut, greyPainter(this.table(layer, name, low, high))),
    );
    if (picture) context.drawImage(picture, cut.left, cut.top);
  }

  table(layer, name, low, high) {
    const known = this.tables.get(name);
    if (known?.layer === layer && known.low === low && known.high === high) return known.table;
    const table = greyTable(layer, low, high);
    this.tables.set(name, { layer, low, high, table });
    return table;
  }

  overlays(context, cell, section, scene, matrix, ratio) {
    const { study, doubt, tumour, prefs, colors } = scene;
    const isOn = (name) => cell.overlays.includes(name) && isShown(scene, cell, name);
    if (isOn("doubt") && doubt) this.heat(context, section, scene);
    const truth = study.layers.get("truth");
    if (isOn("errors") && truth && tumour) {
      this.differences(context, section, scene, truth);
      return;
    }
    if (prefs.mode === "off") return;
    const outline = (name, layer, version) => {
      const key = `${name} ${version} ${section.key}`;
      if (!this.paths.has(key)) {
        if (this.paths.size > 400) this.paths.clear();
        this.paths.set(key, outlinePath(cutOf(layer, section), 1));
      }
      const alpha = prefs.opacity[name];
      const tint = prefs.mode === "fill" ? 0.25 * alpha : 0;
      strokeOutline(context, this.paths.get(key), matrix, colors[name], ratio, { tint, alpha });
    };
    if (isOn("truth") && truth) outline("truth", truth, "");
    if (isOn("network") && tumour) outline("network", tumour, scene.version);
  }

  heat(context, section, { doubt, prefs, colors, scale }) {
    const cut = cutOf(doubt.layers.get("uncertainty"), section);
    if (!cut) return;
    const key = `${section.key} ${scale} ${prefs.opacity.doubt} ${colors.doubt}`;
    const gains = Float64Array.from({ length: cut.height }, (_, v) => {
      const { slice } = voxelAt(section, [cut.top + v, 0]);
      const place = doubt.position[slice];
      const end = place < 0 ? 0 : scaleEnd(doubt, scale, slice);
      return end > 0 ? (doubt.header.maxima[place] / end) * prefs.opacity.doubt : 0;
    });
    const picture = this.heats.get(key, (canvas) =>
      paintCut(canvas, cut, heatPainter(cut.width, gains, colors.doubt)),
    );
    if (picture) context.drawImage(picture, cut.left, cut.top);
  }

  differences(context, section, { tumour, prefs, colors, version }, truth) {
    const key = `${section.key} ${version} ${prefs.opacity.network} ${colors.both}`;
    const picture = this.errors.get(key, (canvas) => {
      const network = cutOf(tumour, section);
      const opacity = 0.25 + 0.5 * prefs.opacity.network;
      return network && paintErrors(canvas, cutOf(truth, section), network, section, colors, opacity);
    });
    if (picture) context.drawImage(picture, 0, 0);
  }

  // The cross, the rulers, spots of uncertainty and the brush: in the screen's own pixels.
  marks(context, section, scene, { kx, ky, dx, dy, scale }, width, height, font) {
    const { cursor, layout, isCrossShown, rulers, prefs, overlay, brush } = scene;
    const at = ([v, h]) => [h * kx + dx, v * ky + dy];
    const [v, h] = spotOf(section, cursor);
    const [x, y] = at([v + 0.5, h + 0.5]);
    const cross = new Path2D();
    if (layout === "planes") {
      for (const [from, to] of [[0, x - 9], [x + 9, width]]) {
        cross.moveTo(from, y);
        cross.lineTo(to, y);
      }
      for (const [from, to] of [[0, y - 9], [y + 9, height]]) {
        cross.moveTo(x, from);
        cross.lineTo(x, to);
      }
      context.globalAlpha = 0.7;
      strokeMark(context, cross, MARK, 0.8);
      context.globalAlpha = 1;
    } else if (isCrossShown) {
      cross.moveTo(x - 7, y);
      cross.lineTo(x + 7, y);
      cross.moveTo(x, y - 7);
      cross.lineTo(x, y + 7);
      strokeMark(context, cross, MARK, 1.2);
    }
    for (const ruler of rulers) {
      if (isOn(ruler, section)) this.ruler(context, ruler, at, scene, section, font);
    }
    if (!prefs.hidden && overlay && prefs.shown.doubt) this.spots(context, section, overlay, at, kx, ky);
    if (brush && section.plane === "axial") {
      const [bx, by] = at([brush.row + 0.5, brush.column + 0.5]);
      const circle = new Path2D();
      circle.arc(bx, by, brush.radius * scale, 0, 7);
      strokeMark(context, circle, brush.color, 1.2);
    }
  }

  ruler(context, { from, to }, at, { study }, section, font) {
    const line = new Path2D();
    const [x1, y1] = at(from);
    const [x2, y2] = at(to);
    line.moveTo(x1, y1);
    line.lineTo(x2, y2);
    for (const [x, y] of [[x1, y1], [x2, y2]]) {
      line.moveTo(x + 3, y);
      line.arc(x, y, 3, 0, 7);
    }
    strokeMark(context, line, MARK, 1.4);
    const length = lengthOf({ from, to }, section);
    const label = formatLength(length, study.header.spacing_mm);
    drawText(context, label, (x1 + x2) / 2 + 8, (y1 + y2) / 2 - 10, "left", `600 12px ${font}`);
  }

  // Where the network is unsure and has found nothing.
  spots(context, section, overlay, at, kx, ky) {
    if (section.plane !== "axial") return;
    for (const { slice, row, column, radius } of overlay.header.spots) {
      if (slice !== section.index) continue;
      const [x, y] = at([row + 0.5, column + 0.5]);
      const circle = new Path2D();
      circle.arc(x, y, radius * Math.max(kx, ky) + 8, 0, 7);
      strokeMark(context, circle, MARK, 1.4, [5, 4]);
    }
  }

  course(canvas, scene, ratio) {
    const { study, overlay, doubt, version, colors } = scene;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    const key = `${width} ${height} ${study.header.id} ${overlay?.header.id} ${doubt?.header.id} ${version} ${colors.truth}`;
    if (width === 0 || this.drawnCourse === key) return;
    this.drawnCourse = key;
    canvas.width = width;
    canvas.height = height;
    paintCourse(canvas, courseOf(scene), ratio, colors);
  }

  settling(canvas, { overlay, colors }, ratio) {
    const key = `${canvas.clientWidth} ${overlay.header.id} ${colors.doubt}`;
    if (this.drawnSettling === key) return;
    this.drawnSettling = key;
    paintSettling(canvas, overlay.header.mean_by_passes, ratio, colors.doubt);
  }
}

// Whether an overlay that a panel may show is switched on.
function isShown({ prefs }, cell, name) {
  // the fourth panel exists for nothing else
  return name === "errors" && cell.name === "errors" ? true : prefs.shown[name];
}

// The uncertainty that is drawn in full colour in a slice.
function scaleEnd({ header: { maxima, maximum, ceiling }, position }, scale, slice) {
  if (scale === "fixed") return ceiling;
  return scale === "study" ? maximum : maxima[position[slice]];
}
