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
    this.others = null;
    this.overlay = null;
    this.settings = null;
    this.slice = 0;
    this.threshold = 0.5;
    this.sequence = 0;
    this.orders = [-1, -1];
    this.painter = new Painter();
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
    this.colors = Object.fromEntries(data.colors);
    for (const [name, color] of data.colors) {
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
    const { study, others, overlay } = this;
    this.study = this.newest(study, this.asked.picture);
    this.others = this.newest(others, this.asked.others);
    this.overlay = this.newest(overlay, this.asked.overlay);
    const isReplaced = this.study !== study;
    if (isReplaced || this.overlay !== overlay) this.painter.forget();
    if (this.study && this.study.header.study !== study?.header.study) this.open();
    if (this.study) this.takeContrasts();
    this.showProblem();
    if (isReplaced) this.layOut();
    this.schedule();
    // The largest payload is here: from now on no run need hand it over again.
    if (this.others && this.others !== others) this.tellSoon();
  }

  // What is asked for; until that is here the last one stays, as long as it is this study's.
  newest(last, id) {
    const isOurs = (pack) => pack?.header.study === this.asked.study;
    const pack = SHELF.packs.get(id);
    if (isOurs(pack)) return pack;
    return id && isOurs(last) ? last : null;
  }

  // Another study than before.
  open() {
    const key = this.study.header.study;
    if (!SHELF.settings.has(key)) SHELF.settings.set(key, this.freshSettings());
    this.settings = SHELF.settings.get(key);
    this.orders = [-1, -1];
    this.obey();
  }

  takeContrasts() {
    const areComing = Boolean(this.asked.others);
    this.contrasts = new Contrasts(this.study, this.others, areComing, this.settings);
    this.syncTools();
  }

  freshSettings() {
    const { mode, opacity, scale } = this.settings ?? { mode: "fill", opacity: 0.7, scale: "slice" };
    return { contrast: null, windows: {}, mode, opacity, scale, hidden: false, zoom: 1, pan: [0, 0] };
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

  windowBy(dx, dy) {
    this.set({ windows: this.contrasts.windowsAfter(dx, dy) });
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
    const { study, picture, others, overlay } = this.asked;
    // Until the picture of a new study is here, the slice on screen is the old one's.
    const { slice, threshold, orders } =
      this.study?.header.study === study ? this : { ...this.asked, slice: this.asked.slice_index };
    const had = [picture, others, overlay].filter((id) => SHELF.packs.has(id));
    const { sequence } = this;
    this.setStateValue("view", { study, slice_index: slice, threshold, orders, sequence, had });
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
    const [boxHeight, boxWidth] = extentOf(this.study.header);
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

  placement() {
    return placementOf(this.study.header, this.width, this.height, this.settings);
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

  // The prediction's place for this slice, or −1 where there is none (yet).
  place() {
    return this.overlay ? this.overlay.position[this.slice] : -1;
  }

  // The lowest stored probability that is drawn as tumour.
  lowest() {
    return Math.max(1, Math.round(this.threshold * this.overlay.header.probability_levels));
  }

  // All that words and painter need.
  scene() {
    const { study, contrasts, overlay, slice, threshold, settings } = this;
    return {
      study, contrasts, overlay, slice, threshold, settings,
      place: this.place(),
      lowest: overlay ? this.lowest() : 0,
      colors: this.colors,
      waiting: this.asked.waiting,
      isArriving: Boolean(this.asked.overlay),
      isNarrow: this.width < NARROW_BELOW_PX,
    };
  }

  drawNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.study || !this.width) return;
    this.font ??= getComputedStyle(this.root).fontFamily;
    const scene = this.scene();
    const placement = this.placement();
    this.painter.prepare(scene);
    for (const { canvas, name } of this.panels) this.painter.panel(canvas, name, scene, placement, this);
    const isStack = this.study.header.shape[0] > 1;
    this.find(".slider").hidden = !isStack;
    if (isStack) this.painter.profile(this.find(".profile"), scene, this.ratio);
    this.writeText(scene);
    this.placeCross();
    this.root.dataset.ready = "true";
    this.root.dataset.slice = this.slice;
    this.root.dataset.overlay = String(this.overlay !== null);
    if (this.stepStarted !== null) {
      this.root.dataset.stepMs = (performance.now() - this.stepStarted).toFixed(1);
      this.stepStarted = null;
    }
  }

  // --- Words ------------------------------------------------------------------------------

  syncTools() {
    const { mode, opacity, scale } = this.settings;
    showContrasts(this.find(".segments"), this.contrasts, (contrast) => this.set({ contrast }));
    this.find(".mode").value = mode;
    this.find(".scale").value = scale;
    this.find(".opacity").value = Math.round(opacity * 100);
  }

  writeText(scene) {
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
    const contrast = CONTRAST_NAMES[this.contrasts.shown];
    const [low, high] = this.contrasts.window;
    const unit = Math.max((high - low) / 200, 1e-4);
    const grey = `W ${formatNumber(high - low, unit)} · L ${formatNumber((high + low) / 2, unit)}`;
    this.find(".grey").textContent = `${contrast} ${grey}`;
    const said = [describeTruth(scene), describeNetwork(scene), describeDoubt(scene)];
    this.panels.forEach((panel, i) => {
      const message = said[i].message || describeHidden(scene, panel.name);
      panel.detail.textContent = said[i].detail;
      panel.message.textContent = message;
      panel.message.hidden = !message;
    });
    this.writeColorbar(said[2].message === "" && !this.settings.hidden);
    const label = `${contrast}, ${where.join(", ")}. `;
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
      const pixel = pixelAt(this.study.header, this.placement(), spot);
      this.pointer = pixel && { ...pixel, ...spot };
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
