// The slice view: what is shown (its state), when it is drawn, and what Python hears.

const MODES = ["fill", "line", "off"];
const PANELS = ["truth", "network", "doubt"];
const REST_MS = 150;
const SQUARE_BELOW_PX = 700;
const ROW_FROM_PX = 540;
const COLUMN_BELOW_PX = 420;
const NARROW_BELOW_PX = 250; // of one panel

class SliceView {
  constructor(host) {
    this.find = (selector) => host.querySelector(selector);
    this.root = this.find(".viewer");
    this.panels = PANELS.map((name) => {
      const panel = this.find(`[data-panel="${name}"]`);
      const part = (selector) => panel.querySelector(selector);
      return {
        name, screen: part(".screen"), canvas: part("canvas"), detail: part(".detail"),
        message: part(".message"), cross: part(".cross"),
      };
    });
    this.study = null;
    this.overlay = null;
    this.settings = null;
    this.slice = 0;
    this.threshold = 0.5;
    this.sequence = 0;
    this.orders = [-1, -1];
    this.basePicture = document.createElement("canvas");
    this.heatPicture = document.createElement("canvas");
    this.paths = new Map();
    this.pointer = null;
    this.stepStarted = null;
    this.onShelf = () => this.takeLayers();
    SHELF.watchers.add(this.onShelf);
    this.resizer = new ResizeObserver(() => this.layOut());
    this.resizer.observe(this.root);
    this.onWindow = () => this.layOut();
    window.addEventListener("resize", this.onWindow);
    bindControls(this, this.find);
  }

  destroy() {
    SHELF.watchers.delete(this.onShelf);
    this.resizer.disconnect();
    window.removeEventListener("resize", this.onWindow);
    clearTimeout(this.rest);
    cancelAnimationFrame(this.frame);
  }

  // --- What Python says -------------------------------------------------------------------

  update(data, setStateValue) {
    this.asked = data;
    this.setStateValue = setStateValue;
    this.sequence = Math.max(this.sequence, data.heard);
    for (const [name, color] of Object.entries(data.colors)) {
      this.root.style.setProperty(`--${name}`, color);
    }
    if (this.study?.header.study === data.study) this.obey();
    this.takeLayers();
    setTimeout(() => this.askForLost());
  }

  // Python spares itself what this view said it had. Where that is gone, as after the page
  // put the view elsewhere, what this view says next brings it back.
  askForLost() {
    const isLost = this.asked.kept.some((id) => !SHELF.packs.has(id));
    if (isLost && this.root.isConnected) this.tellNow();
  }

  // The page's slice and threshold, where it has moved them since the last time.
  obey() {
    const { slice_index: slice, threshold, orders } = this.asked;
    if (orders[0] > this.orders[0]) this.slice = this.clamp(slice);
    if (orders[1] > this.orders[1]) this.threshold = threshold;
    this.orders = orders;
    this.schedule();
  }

  takeLayers() {
    if (!this.asked) return;
    const { study: key, picture, overlay } = this.asked;
    const study = SHELF.packs.get(picture);
    if (study && study !== this.study) this.takeStudy(study);
    else if (this.study && this.study.header.study !== key) this.study = null;
    const prediction = overlay && SHELF.packs.get(overlay);
    // Until the new overlay is here the last one stays, as long as it is this study's.
    if (!overlay || this.overlay?.header.study !== key) this.overlay = null;
    if (prediction && prediction.header.study === key && prediction !== this.overlay) {
      this.overlay = prediction;
      this.forgetPictures();
    }
    this.showProblem();
    this.schedule();
  }

  takeStudy(study) {
    const isNew = this.study?.header.study !== study.header.study;
    this.study = study;
    this.forgetPictures();
    this.contrasts = [...study.layers.keys()].filter((name) => name in CONTRAST_NAMES);
    if (isNew) {
      const key = study.header.study;
      if (!SHELF.settings.has(key)) SHELF.settings.set(key, this.freshSettings());
      this.settings = SHELF.settings.get(key);
      this.orders = [-1, -1];
      this.obey();
    }
    if (!this.contrasts.includes(this.settings.contrast)) this.settings.contrast = this.contrasts[0];
    this.buildContrasts();
    this.syncTools();
    this.layOut();
  }

  freshSettings() {
    const { mode, opacity, scale } = this.settings ?? { mode: "fill", opacity: 0.7, scale: "slice" };
    return {
      contrast: this.contrasts[0], windows: {}, mode, opacity, scale,
      hidden: false, zoom: 1, pan: [0, 0],
    };
  }

  showProblem() {
    const problem = this.find(".problem");
    const text = [...SHELF.problems.values()][0] ?? (this.study ? "" : "The picture is on its way …");
    problem.textContent = text;
    problem.hidden = !text;
    this.root.classList.toggle("empty", !this.study);
    for (const part of [".tools", ".stage", ".foot"]) this.find(part).hidden = !this.study;
  }

  // --- What the user does -----------------------------------------------------------------

  clamp(slice) {
    return Math.min(Math.max(slice, 0), this.study.header.shape[0] - 1);
  }

  step(steps, started) {
    this.goTo(this.slice + steps, started);
  }

  goTo(slice, started) {
    const next = this.clamp(slice);
    if (next === this.slice) return;
    this.slice = next;
    this.stepStarted ??= started;
    this.tellSoon();
    this.schedule();
  }

  setThreshold(threshold) {
    this.threshold = threshold;
    this.paths.clear();
    this.schedule();
  }

  set(change) {
    Object.assign(this.settings, change);
    this.syncTools();
    this.schedule();
  }

  cycleMode() {
    const { mode, hidden } = this.settings;
    const next = hidden ? mode : MODES[(MODES.indexOf(mode) + 1) % MODES.length];
    this.set({ mode: next, hidden: false });
  }

  // `anchor`: { x, y } in the panel that stays where it is; the middle without one.
  zoomBy(factor, anchor) {
    const { zoom, pan } = this.settings;
    const next = Math.min(Math.max(zoom * factor, 1 / 4), 24);
    const ratio = next / zoom;
    const [x, y] = anchor ? [anchor.x - this.width / 2, anchor.y - this.height / 2] : [0, 0];
    this.set({ zoom: next, pan: [x + (pan[0] - x) * ratio, y + (pan[1] - y) * ratio] });
  }

  panBy(dx, dy) {
    const [x, y] = this.settings.pan;
    this.set({ pan: [x + dx, y + dy] });
  }

  windowOf(name) {
    return this.settings.windows[name] ?? this.study.layers.get(name).window;
  }

  windowBy(dx, dy) {
    const { contrast, windows } = this.settings;
    const [autoLow, autoHigh] = this.study.layers.get(contrast).window;
    const unit = (autoHigh - autoLow) / 256;
    const [low, high] = this.windowOf(contrast);
    const width = Math.max(high - low + dx * unit, unit);
    const level = (low + high) / 2 + dy * unit;
    this.set({ windows: { ...windows, [contrast]: [level - width / 2, level + width / 2] } });
  }

  resetWindow() {
    this.set({ windows: {} });
  }

  resetView() {
    this.set({ windows: {}, zoom: 1, pan: [0, 0] });
  }

  toggleHelp(open = this.find(".help").hidden) {
    this.find(".help").hidden = !open;
    this.find(".help-button").setAttribute("aria-expanded", String(open));
  }

  tellSoon() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.tellNow(), REST_MS);
  }

  tellNow() {
    clearTimeout(this.rest);
    this.sequence += 1;
    const { threshold, sequence } = this;
    const slice = this.study ? this.slice : this.asked.slice_index;
    const had = [this.asked.picture, this.asked.overlay].filter((id) => SHELF.packs.has(id));
    this.setStateValue("view", { slice_index: slice, threshold, sequence, had });
  }

  // --- Where things are -------------------------------------------------------------------

  layOut() {
    const width = this.root.clientWidth;
    if (!this.study || width === 0) return;
    const column = width < COLUMN_BELOW_PX;
    // A low window has no room for two rows of panels.
    const isLow = window.innerHeight < window.innerWidth && width >= ROW_FROM_PX;
    const square = width < SQUARE_BELOW_PX && !column && !isLow;
    this.root.classList.toggle("square", square);
    this.root.classList.toggle("column", column);
    const panelWidth = this.panels[0].screen.clientWidth;
    this.root.classList.toggle("narrow", panelWidth < NARROW_BELOW_PX);
    const [boxHeight, boxWidth] = this.extent();
    const tall = Math.min(Math.max(boxHeight / boxWidth, 0.8), 1.25);
    const most = window.innerHeight * (square ? 0.42 : 0.58);
    const panelHeight = Math.round(Math.max(Math.min(panelWidth * tall, most), 220));
    this.ratio = window.devicePixelRatio || 1;
    this.width = panelWidth;
    this.height = panelHeight;
    for (const { screen, canvas } of this.panels) {
      screen.style.height = `${panelHeight}px`;
      canvas.width = Math.round(panelWidth * this.ratio);
      canvas.height = Math.round(panelHeight * this.ratio);
    }
    const stage = this.find(".stage");
    const cell = (stage.clientHeight - 6) / 2;
    this.root.style.setProperty("--corner-top", `${stage.offsetTop + cell + 6}px`);
    this.root.style.setProperty("--corner-height", `${cell}px`);
    this.drawNow();
  }

  // (row, column) length of a pixel: mm, or 1 where unknown.
  spacing() {
    return this.study.header.spacing_mm ?? [1, 1];
  }

  // The part of the frame that holds anything: [top, bottom, left, right].
  box() {
    const { box, shape } = this.study.header;
    return box[1] > box[0] ? box : [0, shape[1], 0, shape[2]];
  }

  extent() {
    const [top, bottom, left, right] = this.box();
    const [rowStep, columnStep] = this.spacing();
    return [(bottom - top) * rowStep, (right - left) * columnStep];
  }

  // Frame coordinates (column, row) → panel: x = kx · column + dx.
  placement() {
    const [top, bottom, left, right] = this.box();
    const [rowStep, columnStep] = this.spacing();
    const [tall, wide] = this.extent();
    // Room for the side letters.
    const fit = Math.min((this.width - 44) / wide, (this.height - 44) / tall);
    const scale = fit * this.settings.zoom;
    const [panX, panY] = this.settings.pan;
    const kx = scale * columnStep;
    const ky = scale * rowStep;
    const dx = this.width / 2 + panX - (kx * (left + right)) / 2;
    const dy = this.height / 2 + panY - (ky * (top + bottom)) / 2;
    return { scale, kx, ky, dx, dy };
  }

  locate(event) {
    const canvas = event.target.closest?.("canvas");
    if (!canvas) return null;
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top, canvas };
  }

  // --- Drawing ----------------------------------------------------------------------------

  schedule() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.drawNow());
  }

  forgetPictures() {
    this.paths.clear();
    this.drawnBase = this.drawnHeat = "";
  }

  // The prediction's place for this slice, or −1 where there is none (yet).
  place() {
    return this.overlay ? this.overlay.position[this.slice] : -1;
  }

  lowest() {
    return Math.max(1, Math.round(this.threshold * this.overlay.header.probability_levels));
  }

  // All that words need.
  scene() {
    const { study, overlay, slice, threshold, settings } = this;
    const isArriving = Boolean(this.asked.overlay);
    const isNarrow = this.width < NARROW_BELOW_PX;
    const lowest = overlay ? this.lowest() : 0;
    const place = this.place();
    return { study, overlay, slice, place, threshold, lowest, settings, isArriving, isNarrow };
  }

  outline(name, layer, place, lowest) {
    const key = `${name} ${this.slice} ${lowest}`;
    if (!this.paths.has(key)) {
      if (this.paths.size > 400) this.paths.clear();
      this.paths.set(key, outlinePath(layer, place, lowest));
    }
    return this.paths.get(key);
  }

  drawNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.study || !this.width) return;
    this.preparePictures();
    const placement = this.placement();
    for (const panel of this.panels) this.drawPanel(panel, placement);
    this.drawProfile();
    this.writeText();
    this.placeCross();
    this.root.dataset.ready = "true";
    this.root.dataset.slice = this.slice;
    this.root.dataset.overlay = String(this.overlay !== null);
    if (this.stepStarted !== null) {
      this.root.dataset.stepMs = (performance.now() - this.stepStarted).toFixed(1);
      this.stepStarted = null;
    }
  }

  preparePictures() {
    const { contrast, scale, opacity } = this.settings;
    const layer = this.study.layers.get(contrast);
    const [low, high] = this.windowOf(contrast);
    const window_ = `${contrast} ${low} ${high}`;
    if (this.tableOf !== window_ || this.drawnBase === "") {
      this.table = greyTable(layer, low, high);
      this.tableOf = window_;
    }
    const base = `${window_} ${this.slice}`;
    if (this.drawnBase !== base) paintGrey(this.basePicture, layer, this.slice, this.table);
    this.drawnBase = base;
    const place = this.place();
    const heat = `${this.slice} ${scale} ${opacity}`;
    if (place >= 0 && this.drawnHeat !== heat) {
      const { maxima, maximum } = this.overlay.header;
      const share = scale === "study" && maximum > 0 ? maxima[place] / maximum : 1;
      const layer = this.overlay.layers.get("uncertainty");
      paintHeat(this.heatPicture, layer, place, share * opacity, this.asked.colors.doubt);
      this.drawnHeat = heat;
    }
  }

  drawPanel(panel, placement) {
    const { contrast, hidden, mode, opacity } = this.settings;
    const { colors } = this.asked;
    const context = panel.canvas.getContext("2d");
    const ratio = this.ratio;
    const { kx, ky, dx, dy, scale } = placement;
    const [, rows, columns] = this.study.header.shape;
    const matrix = new DOMMatrix([kx * ratio, 0, 0, ky * ratio, dx * ratio, dy * ratio]);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, panel.canvas.width, panel.canvas.height);
    context.setTransform(matrix);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    const grey = greyOf(0, ...this.windowOf(contrast));
    context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
    context.fillRect(0, 0, columns, rows);
    this.drawLayer(context, this.basePicture, this.study.layers.get(contrast));
    const place = this.place();
    if (!hidden && panel.name === "doubt" && place >= 0) {
      this.drawLayer(context, this.heatPicture, this.overlay.layers.get("uncertainty"));
    }
    const tint = mode === "fill" ? 0.25 * opacity : 0;
    if (!hidden && mode !== "off" && panel.name === "truth" && this.study.layers.has("truth")) {
      const path = this.outline("truth", this.study.layers.get("truth"), this.slice, 1);
      strokeOutline(context, path, matrix, colors.truth, ratio, tint);
    }
    if (!hidden && mode !== "off" && panel.name === "network" && place >= 0) {
      const layer = this.overlay.layers.get("probability");
      const path = this.outline("network", layer, place, this.lowest());
      strokeOutline(context, path, matrix, colors.network, ratio, tint);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.font ??= getComputedStyle(this.root).fontFamily;
    drawSides(context, this.width, this.height, `600 13px ${this.font}`);
    const known = this.study.header.spacing_mm !== null;
    drawScaleBar(context, this.height, this.width, scale, known, `500 11px ${this.font}`);
  }

  drawLayer(context, picture, layer) {
    if (layer.width > 0 && layer.height > 0) context.drawImage(picture, layer.left, layer.top);
  }

  drawProfile() {
    const canvas = this.find(".profile");
    const slices = this.study.header.shape[0];
    const width = Math.round(canvas.clientWidth * this.ratio);
    const height = Math.round(canvas.clientHeight * this.ratio);
    const key = `${width} ${height} ${this.study.header.id} ${this.overlay?.header.id} ${this.threshold}`;
    this.find(".slider").hidden = slices < 2;
    if (slices < 2 || width === 0 || this.drawnProfile === key) return;
    this.drawnProfile = key;
    canvas.width = width;
    canvas.height = height;
    const lowest = this.overlay ? this.lowest() : 0;
    paintProfile(canvas, this.study, this.overlay, lowest, this.ratio, this.asked.colors);
  }

  // --- Words ------------------------------------------------------------------------------

  buildContrasts() {
    const group = this.find(".segments");
    group.replaceChildren();
    for (const name of this.contrasts.length > 1 ? this.contrasts : []) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.contrast = name;
      button.textContent = CONTRAST_NAMES[name];
      button.setAttribute("role", "radio");
      button.addEventListener("click", () => this.set({ contrast: name }));
      group.append(button);
    }
  }

  syncTools() {
    const { contrast, mode, opacity, scale } = this.settings;
    for (const button of this.find(".segments").children) {
      button.setAttribute("aria-checked", String(button.dataset.contrast === contrast));
    }
    this.find(".mode").value = mode;
    this.find(".scale").value = scale;
    this.find(".opacity").value = Math.round(opacity * 100);
  }

  writeText() {
    const { header } = this.study;
    const slices = header.shape[0];
    const position = header.slice_positions_mm?.[this.slice];
    const where = [`slice ${this.slice + 1}/${slices}`, `no. ${header.slice_numbers[this.slice]}`];
    if (position !== undefined) where.push(`${formatNumber(position, 0.1).replace(/\.0$/, "")} mm`);
    this.find(".where").textContent = where.join(" · ");
    const slider = this.find(".slice");
    slider.max = slices - 1;
    slider.value = this.slice;
    slider.setAttribute("aria-valuetext", where.join(", "));
    this.find(".threshold").value = this.threshold;
    this.find(".threshold-value").textContent = this.threshold.toFixed(2);
    const [low, high] = this.windowOf(this.settings.contrast);
    const unit = Math.max((high - low) / 200, 1e-4);
    const grey = `W ${formatNumber(high - low, unit)} · L ${formatNumber((high + low) / 2, unit)}`;
    this.find(".grey").textContent = `${CONTRAST_NAMES[this.settings.contrast]} ${grey}`;
    const scene = this.scene();
    const said = [describeTruth(scene), describeNetwork(scene), describeDoubt(scene)];
    this.panels.forEach((panel, i) => {
      const message = said[i].message || describeHidden(scene, panel.name);
      panel.detail.textContent = said[i].detail;
      panel.message.textContent = message;
      panel.message.hidden = !message;
    });
    this.writeColorbar(said[2].message === "" && !this.settings.hidden);
    const label = `${CONTRAST_NAMES[this.settings.contrast]}, ${where.join(", ")}. `;
    const spoken = said.map((s, i) => `${["Expert", "Network", "Uncertainty"][i]}: ${s.message || s.detail}`);
    this.find(".stage").setAttribute("aria-label", `${label}${spoken.join(". ")}.`);
    this.writeValues();
  }

  writeColorbar(isShown) {
    this.find(".colorbar").hidden = !isShown;
    if (!isShown) return;
    const { maxima, maximum, measure } = this.overlay.header;
    const most = maxima[this.place()];
    const end = this.settings.scale === "study" ? maximum : most;
    this.find(".maximum").textContent = `max ${MEASURE_NAMES[measure]} ${most.toFixed(3)}`;
    this.find(".middle").textContent = (end / 2).toFixed(2);
    this.find(".end").textContent = end.toFixed(2);
    this.find(".ramp").style.opacity = Math.max(this.settings.opacity, 0.15);
  }

  // --- Under the hand ---------------------------------------------------------------------

  hover(event) {
    const spot = event && this.locate(event);
    if (!spot || !this.width) this.pointer = null;
    else {
      const { kx, ky, dx, dy } = this.placement();
      const column = Math.floor((spot.x - dx) / kx);
      const row = Math.floor((spot.y - dy) / ky);
      const [, rows, columns] = this.study.header.shape;
      const inside = row >= 0 && column >= 0 && row < rows && column < columns;
      this.pointer = inside ? { row, column, ...spot } : null;
    }
    this.placeCross();
    this.writeValues();
  }

  placeCross() {
    for (const { cross, canvas } of this.panels) {
      cross.hidden = !this.pointer || canvas === this.pointer.canvas;
      if (!cross.hidden) cross.style.transform = `translate(${this.pointer.x}px, ${this.pointer.y}px)`;
    }
  }

  writeValues() {
    const text = this.pointer ? describePixel(this.scene(), this.pointer) : "";
    this.find(".values").textContent = text;
  }
}

const VIEWS = new WeakMap(); // host → { view, call }

export default function ({ data, parentElement, setStateValue }) {
  const known = VIEWS.get(parentElement);
  const alive = known?.view.root.isConnected;
  if (known && !alive) known.view.destroy();
  const entry = { view: alive ? known.view : new SliceView(parentElement), call: (known?.call ?? 0) + 1 };
  VIEWS.set(parentElement, entry);
  entry.view.font = undefined; // a new theme may have another font
  entry.view.update(data, setStateValue);
  return () => {
    // Streamlit may clean up after a call that a later one has already replaced.
    if (VIEWS.get(parentElement) !== entry) return;
    VIEWS.delete(parentElement);
    entry.view.destroy();
  };
}
