// The study's contrasts: which are offered, which is shown, and between which grey levels.

class Contrasts {
  // `others`: the payload that brings all but the first, or null until it is here;
  // `areOthersComing`: whether it will be. `settings`: the user's.
  constructor(study, others, areOthersComing, settings) {
    this.settings = settings;
    this.layers = new Map([...study.layers, ...(others?.layers ?? [])]);
    this.offered = study.header.contrasts.filter((name) => areOthersComing || this.isHere(name));
  }

  isHere(name) {
    return this.layers.has(name);
  }

  // The user's choice; the first contrast until that is here.
  get shown() {
    const { contrast } = this.settings;
    return this.isHere(contrast) ? contrast : this.offered[0];
  }

  get layer() {
    return this.layers.get(this.shown);
  }

  get window() {
    return this.settings.windows[this.shown] ?? this.layer.window;
  }

  // All windows after one step's drag: sideways makes the shown one's wider, upright lifts it.
  windowsAfter(dx, dy) {
    const [autoLow, autoHigh] = this.layer.window;
    const unit = (autoHigh - autoLow) / 256;
    const [low, high] = this.window;
    const width = Math.max(high - low + dx * unit, unit);
    const level = (low + high) / 2 + dy * unit;
    return { ...this.settings.windows, [this.shown]: [level - width / 2, level + width / 2] };
  }
}

// The contrasts' buttons; those that are on their way are there and cannot be pressed yet.
function showContrasts(group, contrasts, choose) {
  const names = contrasts.offered.length > 1 ? contrasts.offered : [];
  const standing = [...group.children].map((button) => button.dataset.contrast);
  if (standing.join() !== names.join()) {
    group.replaceChildren(...names.map((name) => contrastButton(name, choose)));
  }
  for (const button of group.children) {
    const { contrast } = button.dataset;
    button.disabled = !contrasts.isHere(contrast);
    button.title = button.disabled ? "loading" : "";
    button.setAttribute("aria-checked", String(contrast === contrasts.shown));
  }
}

function contrastButton(name, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.contrast = name;
  button.textContent = CONTRAST_NAMES[name];
  button.setAttribute("role", "radio");
  button.addEventListener("click", () => choose(name));
  return button;
}
