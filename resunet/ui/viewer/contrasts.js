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

  // The smallest step of the shown contrast's window that can be seen.
  get unit() {
    const [low, high] = this.layers.get(this.shown).windows.auto;
    return (high - low) / 256;
  }

  // All windows with the shown contrast's set: a preset's name, or a width and a level.
  with(choice) {
    if (typeof choice === "string") return { ...this.settings.windows, [this.shown]: choice };
    const width = Math.max(choice.width, this.unit);
    const own = [choice.level - width / 2, choice.level + width / 2];
    return { ...this.settings.windows, [this.shown]: own };
  }

  // One step's drag: sideways makes the window wider, upright lifts it.
  dragged(dx, dy) {
    const [low, high] = this.windowOf(this.shown);
    const { unit } = this;
    return this.with({ width: high - low + dx * unit, level: (low + high) / 2 + dy * unit });
  }
}
