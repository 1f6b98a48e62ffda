// All that a panel shows. A scene is what `SliceView.scene` gives; what two scenes have in
// common is drawn once.

class Painter {
  constructor() {
    this.base = document.createElement("canvas"); // the slice in grey
    this.heat = document.createElement("canvas"); // its uncertainty
    this.paths = new Map();
    this.forget();
  }

  // To be called when a study or a prediction is replaced.
  forget() {
    this.paths.clear();
    this.drawnBase = this.drawnHeat = this.drawnProfile = this.tableOf = "";
  }

  // Before the panels of a scene are painted.
  prepare(scene) {
    const { contrasts, overlay, slice, place, settings, colors } = scene;
    const [low, high] = contrasts.window;
    const table = `${contrasts.shown} ${low} ${high}`;
    if (this.tableOf !== table) this.table = greyTable(contrasts.layer, low, high);
    this.tableOf = table;
    const base = `${table} ${slice}`;
    if (this.drawnBase !== base) paintGrey(this.base, contrasts.layer, slice, this.table);
    this.drawnBase = base;
    const { scale, opacity } = settings;
    const heat = `${slice} ${scale} ${opacity}`;
    if (place < 0 || this.drawnHeat === heat) return;
    const { maxima, maximum } = overlay.header;
    const share = scale === "study" && maximum > 0 ? maxima[place] / maximum : 1;
    const layer = overlay.layers.get("uncertainty");
    paintHeat(this.heat, layer, place, share * opacity, colors.doubt);
    this.drawnHeat = heat;
  }

  panel(canvas, name, scene, placement, { width, height, ratio, font }) {
    const { study, contrasts } = scene;
    const context = canvas.getContext("2d");
    const { kx, ky, dx, dy, scale } = placement;
    const [, rows, columns] = study.header.shape;
    const matrix = new DOMMatrix([kx * ratio, 0, 0, ky * ratio, dx * ratio, dy * ratio]);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(matrix);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    const grey = greyOf(0, ...contrasts.window);
    context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
    context.fillRect(0, 0, columns, rows);
    drawLayer(context, this.base, contrasts.layer);
    if (!scene.settings.hidden) this.overlay(context, name, scene, matrix, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawSides(context, width, height, `600 13px ${font}`);
    const known = study.header.spacing_mm !== null;
    drawScaleBar(context, height, width, scale, known, `500 11px ${font}`);
  }

  overlay(context, name, scene, matrix, ratio) {
    const { study, overlay, slice, place, lowest, settings, colors } = scene;
    if (name === "doubt") {
      if (place >= 0) drawLayer(context, this.heat, overlay.layers.get("uncertainty"));
      return;
    }
    if (settings.mode === "off") return;
    const tint = settings.mode === "fill" ? 0.25 * settings.opacity : 0;
    const truth = study.layers.get("truth");
    if (name === "truth" && truth) {
      const path = this.outline(`truth ${slice}`, truth, slice, 1);
      strokeOutline(context, path, matrix, colors.truth, ratio, tint);
    }
    if (name === "network" && place >= 0) {
      const layer = overlay.layers.get("probability");
      const path = this.outline(`network ${slice} ${lowest}`, layer, place, lowest);
      strokeOutline(context, path, matrix, colors.network, ratio, tint);
    }
  }

  outline(key, layer, place, lowest) {
    if (!this.paths.has(key)) {
      if (this.paths.size > 400) this.paths.clear();
      this.paths.set(key, outlinePath(layer, place, lowest));
    }
    return this.paths.get(key);
  }

  profile(canvas, { study, overlay, lowest, colors }, ratio) {
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    const key = `${width} ${height} ${study.header.id} ${overlay?.header.id} ${lowest}`;
    if (width === 0 || this.drawnProfile === key) return;
    this.drawnProfile = key;
    canvas.width = width;
    canvas.height = height;
    paintProfile(canvas, study, overlay, lowest, ratio, colors);
  }
}
