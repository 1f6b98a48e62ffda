// The study's contrasts: which are offered, which is shown, and between which grey levels.

const PRESETS = ["auto", "percentile", "full"];

class Contrasts {
  // `others`: the payload that brings all but the first, or null until it is here;
  // `areOthersComing`: whether it will be. `settings`: the user's, with a window or the name of a
  // preset for each contrast.
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

  // "auto", "percentile", "full", or "own".
  presetOf(name) {
    const chosen = this.settings.windows[name] ?? "auto";
    return Array.isArray(chosen) ? "own" : chosen;
  }

  windowOf(name) {
    const chosen = this.settings.windows[name] ?? "auto";
    return Array.isArray(chosen) ? chosen : this.layers.get(name).windows[chosen];
  }

  // The smallest step of a contrast's window that can be seen.
  unitOf(name) {
    const [low, high] = this.layers.get(name).windows.auto;
    return (high - low) / 256;
  }

  // All windows with one contrast's set: a preset's name, or a width and a level.
  with(name, choice) {
    if (typeof choice === "string") return { ...this.settings.windows, [name]: choice };
    const width = Math.max(choice.width, this.unitOf(name));
    const own = [choice.level - width / 2, choice.level + width / 2];
    return { ...this.settings.windows, [name]: own };
  }

  // One step's drag: sideways makes the window wider, upright lifts it.
  dragged(name, dx, dy) {
    const [low, high] = this.windowOf(name);
    const unit = this.unitOf(name);
    return this.with(name, { width: high - low + dx * unit, level: (low + high) / 2 + dy * unit });
  }
}
