// The slice view: what is shown (its state), when it is drawn, and what Python hears.

const REST_MS = 150;
const LEAVING_MS = 2000; // another page is there after that, or will not come

const LEAVING_EVENTS = ["pointerdown", "click", "keydown"];

class SliceView extends Ways {
  constructor(host) {
    super();
    this.find = (selector) => host.querySelector(selector);
    this.root = this.find(".viewer");
    this.stage = new Stage(this.root, this.find(".stage"));
    this.correction = new Correction(this);
    this.rulers = new Rulers(this);
    this.study = this.others = this.overlay = this.doubt = null;
    this.hand = "grey";
    this.threshold = 0.5;
    this.sequence = 0;
    this.orders = [-1, -1];
    this.pointer = null; // the spot under the hand
    this.onShelf = () => this.takeLayers();
    SHELF.watchers.add(this.onShelf);
    this.resizer = new ResizeObserver(() => this.layOut());
    this.resizer.observe(this.root);
    this.onWindow = () => this.layOut();
    window.addEventListener("resize", this.onWindow);
    this.rest = null;
    this.silentUntil = 0;
    this.onLink = (event) => {
      const isKey = event.type === "keydown";
      if (event.target.closest?.("a") && (!isKey || event.key === "Enter")) this.beforeLeaving();
    };
    for (const type of LEAVING_EVENTS) document.addEventListener(type, this.onLink, true);
    bindControls(this, this.find);
  }

  destroy() {
    SHELF.watchers.delete(this.onShelf);
    this.resizer.disconnect();
    window.removeEventListener("resize", this.onWindow);
    for (const type of LEAVING_EVENTS) document.removeEventListener(type, this.onLink, true);
    clearTimeout(this.rest);
    clearInterval(this.playing);
    cancelAnimationFrame(this.frame);
  }

  // --- What Python says -------------------------------------------------------------------

  update(data, setStateValue) {
    this.asked = data;
    this.palettes = Object.fromEntries(data.palettes.map(([name, colors]) => [name, Object.fromEntries(colors)]));
    this.setStateValue = setStateValue;
    this.sequence = Math.max(this.sequence, data.heard);
    if (this.study?.header.study === data.study) this.obey();
    this.takeLayers();
    if (this.study?.header.study === data.study) this.showAddress();
    setTimeout(() => this.askForLost());
  }

  // Python spares itself what this view said it had. Where that is gone, as after the page
  // put the view elsewhere, what this view says next brings it back.
  askForLost() {
    if (!this.root.isConnected) return;
    const { kept, measure, palette } = this.asked;
    const isLost = kept.some((id) => !SHELF.packs.has(id));
    if (isLost || measure !== this.prefs.measure || palette !== this.prefs.palette) this.tellNow();
    this.correction.tellAgain();
  }

  // The browser's address, so that it can be passed on: the patient's opaque name, and the slice.
  showAddress() {
    const { address } = this.asked;
    const url = new URL(window.location);
    if (address) {
      url.searchParams.set("case", address);
      url.searchParams.set("slice", this.slice + 1);
    } else {
      url.searchParams.delete("case");
      url.searchParams.delete("slice");
    }
    if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
  }

  // The page's slice and threshold, where it has moved them since the last time.
  obey() {
    const { slice_index: slice, threshold, orders } = this.asked;
    if (orders[0] > this.orders[0]) this.cursor.slice = this.clamped(slice, "slice");
    if (orders[1] > this.orders[1]) this.threshold = threshold;
    this.orders = orders;
    this.schedule();
  }

  takeLayers() {
    if (!this.asked) return;
    const { study, others, overlay, doubt } = this;
    this.study = this.newest(study, this.asked.picture);
    this.others = this.newest(others, this.asked.others);
    this.overlay = this.newest(overlay, this.asked.overlay);
    this.doubt = this.newest(doubt, this.asked.doubt);
    const isReplaced = this.study !== study;
    if (isReplaced || this.overlay !== overlay || this.doubt !== doubt) this.stage.painter.forget();
    if (this.study && this.study.header.study !== study?.header.study) this.open();
    if (this.study) this.takeContrasts();
    else this.stopPlaying();
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
    const { header } = this.study;
    const key = header.study;
    const center = middleOf(header);
    if (!SHELF.settings.has(key)) {
      SHELF.settings.set(key, { contrast: null, windows: {}, zoom: 1, center, rulers: [] });
    }
    if (this.settings) this.rulers.dropOpen();
    this.settings = SHELF.settings.get(key);
    this.releaseHand();
    this.correction.open(this.study);
    this.cursor = { slice: 0, row: Math.floor(center.row), column: Math.floor(center.column) };
    this.isCrossShown = false;
    this.pointer = null;
    this.stopPlaying();
    this.orders = [-1, -1];
    this.obey();
  }

  takeContrasts() {
    const areComing = Boolean(this.asked.others);
    this.contrasts = new Contrasts(this.study, this.others, areComing, this.settings);
    syncTools(this);
  }

  showProblem() {
    const problem = this.find(".problem");
    const text = [...SHELF.problems.values()][0] ?? (this.study ? "" : "The picture is on its way …");
    problem.textContent = text;
    problem.hidden = !text;
    this.root.classList.toggle("empty", !this.study);
    for (const part of [".tools", ".legend", ".stage", ".foot"]) this.find(part).hidden = !this.study;
    if (!this.study) this.find(".correction").hidden = true;
  }

  // --- Tools ------------------------------------------------------------------------------------

  take(hand) {
    if (hand in BRUSHES && !this.overlay) return;
    this.hand = hand;
    if (hand in BRUSHES) this.prefs.hidden = false;
    this.rulers.dropOpen();
    this.toolsChanged();
  }

  toolsChanged() {
    syncTools(this);
    this.schedule();
  }

  // Space: the tool in hand, at the cross.
  useAtCursor() {
    if (this.hand === "ruler") {
      const section = sectionOf(this.study.header, this.planeOfKeys, this.cursor);
      this.rulers.placeAt(section, spotOf(section, this.cursor));
    } else if (this.correction.isOn) this.correction.paintAtCursor();
    this.isCrossShown = true;
    this.schedule();
  }

  // Back to how a view begins.
  letGo() {
    this.toggleHelp(false);
    this.stopPlaying();
    this.isCrossShown = false;
    this.take("grey");
  }

  toggleHelp(open = this.find(".help").hidden) {
    const help = this.find(".help");
    if (help.hidden === !open) return;
    if (open) this.helpOpener = this.root.getRootNode().activeElement;
    help.hidden = !open;
    this.find(".help-button").setAttribute("aria-expanded", String(open));
    const next = open ? this.find(".help-close") : this.helpOpener;
    next?.focus({ preventScroll: true });
  }

  // --- What Python hears ------------------------------------------------------------------------

  tellSoon() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.tellNow(), REST_MS);
  }

  // A page that is left must not speak any more: Streamlit would take the word for one on the page
  // that comes, and leave that empty. What is to be said is said when the hand goes for a link, and
  // afterwards only if this page is still there.
  beforeLeaving() {
    if (this.rest) this.tellNow();
    this.silentUntil = performance.now() + LEAVING_MS;
  }

  tellNow() {
    clearTimeout(this.rest);
    this.rest = null;
    const silence = this.silentUntil - performance.now();
    if (silence > 0) {
      this.rest = setTimeout(() => this.tellNow(), silence);
      return;
    }
    this.sequence += 1;
    const { study, picture, others, overlay, doubt } = this.asked;
    // Until the picture of a new study is here, the slice on screen is the old one's.
    const { slice, threshold, orders } =
      this.study?.header.study === study ? this : { ...this.asked, slice: this.asked.slice_index };
    const had = [picture, others, overlay, doubt].filter((id) => SHELF.packs.has(id));
    const { sequence, prefs: { measure, palette } } = this;
    if (this.study?.header.study === study) this.showAddress();
    this.setStateValue("view", { study, slice_index: slice, threshold, orders, sequence, had, measure, palette });
  }

  // --- Drawing ----------------------------------------------------------------------------------

  layOut() {
    if (!this.study || this.root.clientWidth === 0) return;
    const { header, layers } = this.study;
    this.stage.arrange(this.layout, { offered: this.contrasts.offered, hasTruth: layers.has("truth"), header });
    this.drawNow();
  }

  place() {
    this.stage.place(this.study.header, this.cursor, this.settings);
  }

  locate(event) {
    return this.stage.locate(event);
  }

  schedule() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.drawNow());
  }

  // All that words and painter need.
  scene() {
    const { study, contrasts, overlay, doubt, cursor, slice, threshold, prefs, layout } = this;
    const { tumour, edits, version } = this.correction;
    const { zoom, center, rulers } = this.settings;
    const colors = this.palettes[prefs.palette] ?? this.palettes.paper;
    // In an upright cut each row is another slice.
    const scale = layout === "planes" && prefs.scale === "slice" ? "study" : prefs.scale;
    return {
      study, contrasts, overlay, doubt, tumour, edits, cursor, slice, threshold, prefs, layout, version,
      zoom, center, rulers, colors, scale,
      isCrossShown: this.isCrossShown,
      brush: this.correction.outline(colors),
      place: overlay ? overlay.position[slice] : -1,
      waiting: this.asked.waiting,
      isArriving: Boolean(this.asked.overlay),
      isNarrow: this.stage.width < NARROW_BELOW_PX,
    };
  }

  drawNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.study || !this.stage.width) return;
    this.place();
    this.correction.update();
    const scene = this.scene();
    for (const [name, color] of Object.entries(scene.colors)) this.root.style.setProperty(`--${name}`, color);
    this.stage.draw(scene);
    const isStack = this.study.header.shape[0] > 1;
    this.find(".course").hidden = !isStack;
    if (isStack) this.stage.painter.course(this.find(".profile"), scene, this.stage.ratio);
    syncSettling(this);
    if (!this.find(".settling").hidden) {
      this.stage.painter.settling(this.find(".settling canvas"), scene, this.stage.ratio);
    }
    syncText(this, scene);
    this.writeValues(scene);
    this.stage.cross(this.pointer);
    this.root.dataset.ready = "true";
    this.root.dataset.slice = this.slice;
    this.root.dataset.overlay = String(this.overlay !== null);
    if (this.stepStarted !== null) {
      this.root.dataset.stepMs = (performance.now() - this.stepStarted).toFixed(1);
      this.stepStarted = null;
    }
  }

  // --- Under the hand -----------------------------------------------------------------------------

  // The voxel there: of the slice that lies there now.
  get pointed() {
    const { pointer, stage } = this;
    return pointer && stage.panels.includes(pointer.panel) ? stage.voxel(pointer) : null;
  }

  hover(event) {
    const spot = event && this.locate(event);
    this.pointer = spot && this.stage.width && this.stage.voxel(spot) ? spot : null;
    if (this.correction.isOn) this.schedule();
    this.stage.cross(this.pointer);
    this.writeValues(this.scene());
  }

  writeValues(scene) {
    const voxel = this.pointed ?? (this.isCrossShown ? this.cursor : null);
    this.find(".values").textContent = voxel ? describePixel(scene, voxel) : "";
  }
}

const VIEWS = new WeakMap(); // host → { view, call }

export default function ({ data, parentElement, setStateValue }) {
  const known = VIEWS.get(parentElement);
  const alive = known?.view.root.isConnected;
  if (known && !alive) known.view.destroy();
  const entry = { view: alive ? known.view : new SliceView(parentElement), call: (known?.call ?? 0) + 1 };
  VIEWS.set(parentElement, entry);
  entry.view.stage.font = undefined; // a new theme may have another font
  entry.view.update(data, setStateValue);
  return () => {
    // Streamlit may clean up after a call that a later one has already replaced.
    if (VIEWS.get(parentElement) !== entry) return;
    VIEWS.delete(parentElement);
    entry.view.destroy();
  };
}
