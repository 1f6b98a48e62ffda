// How the picture looks: what of it is the user's liking, and what belongs to one study.

const MODES = ["fill", "line", "off"];
const FAINTEST = 0.1; // opacity that is still seen, and so remembered
const PREFERENCES = "resunet-view";
const FRESH_PREFERENCES = {
  layout: "paper", mode: "fill", scale: "slice", measure: "std", palette: "paper", hidden: false,
  opacity: { truth: 1, network: 1, doubt: 0.7 },
  shown: { truth: true, network: true, doubt: true, errors: false },
};

// Kept by the browser for the next time: all but what would hide something, and what another
// version of this program does not know.
function storedPreferences() {
  const prefs = structuredClone(FRESH_PREFERENCES);
  let stored = {};
  try {
    stored = JSON.parse(localStorage.getItem(PREFERENCES)) ?? {};
  } catch {
    // a browser that keeps nothing starts anew each time
  }
  const choices = {
    layout: Object.keys(LAYOUTS),
    mode: MODES.filter((mode) => mode !== "off"),
    scale: Object.keys(SCALE_NAMES),
    measure: Object.keys(MEASURE_NAMES),
    palette: ["paper", "safe"],
  };
  for (const [name, known] of Object.entries(choices)) {
    if (known.includes(stored[name])) prefs[name] = stored[name];
  }
  for (const overlay of Object.keys(prefs.opacity)) {
    const opacity = stored.opacity?.[overlay];
    if (opacity >= FAINTEST && opacity <= 1) prefs.opacity[overlay] = opacity;
  }
  return prefs;
}

function storePreferences(prefs) {
  try {
    localStorage.setItem(PREFERENCES, JSON.stringify(prefs));
  } catch {
    // as above
  }
}

// The part of the slice view that is about looks; it draws by `schedule` and `layOut`.
class Looks {
  prefs = storedPreferences();
  settings = null; // of the study on screen

  // Those that this study can be shown in.
  get layouts() {
    const isPossible = {
      contrasts: this.contrasts.offered.length > 1,
      planes: Boolean(this.study.header.slice_step_mm),
    };
    return Object.keys(LAYOUTS).filter((name) => isPossible[name] ?? true);
  }

  get layout() {
    return this.layouts.includes(this.prefs.layout) ? this.prefs.layout : "paper";
  }

  setThreshold(threshold) {
    this.threshold = threshold;
    this.schedule();
  }

  // Of this study.
  set(change) {
    Object.assign(this.settings, change);
    syncTools(this);
    this.schedule();
  }

  // Of all studies, kept by the browser.
  prefer(change) {
    Object.assign(this.prefs, change);
    storePreferences(this.prefs);
    if (change.layout === "planes") this.centreCursor();
    if (change.layout) this.layOut();
    syncTools(this);
    this.schedule();
  }

  show(overlay, isOn) {
    this.prefer({ shown: { ...this.prefs.shown, [overlay]: isOn }, hidden: false });
  }

  fade(overlay, opacity) {
    this.prefer({ opacity: { ...this.prefs.opacity, [overlay]: opacity } });
  }

  chooseMeasure(measure) {
    this.prefer({ measure });
    this.tellNow();
  }

  cyclePalette() {
    this.prefer({ palette: this.prefs.palette === "safe" ? "paper" : "safe" });
    this.tellSoon();
  }

  chooseContrast(number) {
    const contrast = this.contrasts.offered[number];
    if (contrast && this.contrasts.isHere(contrast)) this.set({ contrast });
  }

  cycleMode() {
    const { mode, hidden } = this.prefs;
    const next = hidden ? mode : MODES[(MODES.indexOf(mode) + 1) % MODES.length];
    this.prefer({ mode: next, hidden: false });
  }

  cycleLayout() {
    const { layouts } = this;
    this.prefer({ layout: layouts[(layouts.indexOf(this.layout) + 1) % layouts.length] });
  }

  setWindow(choice) {
    if (choice !== "own") this.set({ windows: this.contrasts.with(this.contrasts.shown, choice) });
  }

  // By hand, on a panel of that contrast; it becomes the one whose width and level are written.
  dragWindow(dx, dy, contrast) {
    const name = contrast ?? this.contrasts.shown;
    if (!this.contrasts.isHere(name)) return;
    this.set({ contrast: name, windows: this.contrasts.dragged(name, dx, dy) });
  }

  cyclePreset() {
    const at = PRESETS.indexOf(this.contrasts.presetOf(this.contrasts.shown));
    this.setWindow(PRESETS[(at + 1) % PRESETS.length]);
  }

  resetWindow() {
    this.set({ windows: {} });
  }

  resetView() {
    this.set({ windows: {}, zoom: 1, center: middleOf(this.study.header) });
  }

  // `spot` stays where it is; the middle without one.
  zoomBy(factor, spot) {
    const { zoom } = this.settings;
    const next = Math.min(Math.max(zoom * factor, 1 / 4), 24);
    const [x, y] = spot ? [spot.x - this.stage.width / 2, spot.y - this.stage.height / 2] : [0, 0];
    const share = 1 - zoom / next;
    this.shift(x * share, y * share, spot?.panel);
    this.set({ zoom: next });
  }

  panBy(dx, dy, panel) {
    this.shift(-dx, -dy, panel);
    this.set({});
  }

  // The panels' middle goes to what lies (x, y) screen pixels beside it.
  shift(x, y, panel = this.stage.panels[0]) {
    this.place(); // the last picture may be drawn yet
    const { section, placement } = panel;
    const [v, h] = spotOf(section, this.settings.center);
    const moved = voxelAt(section, [v + y / placement.ky, h + x / placement.kx]);
    this.settings.center = { ...this.settings.center, ...moved, [ACROSS[section.plane]]: this.settings.center[ACROSS[section.plane]] };
  }
}
