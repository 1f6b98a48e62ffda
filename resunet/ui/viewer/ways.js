// Ways through the stack: keys, clicks and playing move the cursor, a voxel; the slice is its first
// coordinate.

const PLAY_MS = 100; // between two slices

// The part of the slice view that goes through the stack.
class Ways extends Looks {
  cursor = { slice: 0, row: 0, column: 0 };
  isCrossShown = false;
  plane = "axial"; // of the panel that was used last: keys move through it
  playing = null;
  stepStarted = null; // when the key went down that the next picture answers

  get slice() {
    return this.cursor.slice;
  }

  get planeOfKeys() {
    return this.layout === "planes" ? this.plane : "axial";
  }

  clamped(index, axis) {
    const length = this.study.header.shape[["slice", "row", "column"].indexOf(axis)];
    return Math.min(Math.max(index, 0), length - 1);
  }

  // `spot`: where the hand is; keys move through the plane that was used last.
  step(steps, started, spot) {
    const plane = spot?.panel.cell.plane ?? this.planeOfKeys;
    if (plane === "axial") return this.goTo(this.slice + steps, started);
    const axis = ACROSS[plane];
    // upwards is towards the front, and towards the patient's left
    const next = this.cursor[axis] + (axis === "row" ? -steps : steps);
    this.stepStarted ??= started;
    return this.moveTo({ [axis]: this.clamped(next, axis) });
  }

  goTo(slice, started) {
    const next = this.clamped(slice, "slice");
    if (next === this.slice) return;
    this.stepStarted ??= started;
    this.moveTo({ slice: next });
    this.tellSoon();
  }

  moveTo(change) {
    Object.assign(this.cursor, change);
    this.schedule();
  }

  goToVoxel({ slice, row, column }) {
    this.isCrossShown = true;
    this.moveTo({ row: Math.round(row), column: Math.round(column) });
    this.goTo(slice);
  }

  placeCursor(spot) {
    const voxel = spot && this.stage.voxel(spot);
    if (!voxel) return;
    this.plane = spot.panel.cell.plane;
    this.isCrossShown = true;
    this.moveTo(voxel);
    this.tellSoon();
  }

  // Where nobody has placed the cross it goes to the middle of the slice's tumour.
  centreCursor() {
    if (this.isCrossShown) return;
    const layers = [this.correction.tumour, this.study.layers.get("truth")];
    const cut = layers.map((layer) => layer && cutOf(layer, sectionOf(this.study.header, "axial", this.cursor)));
    const middle = cut.map((each) => each && middleOfCut(each)).find(Boolean);
    if (middle) this.moveTo(middle);
  }

  // By keys: a pixel in the plane that was used last.
  moveCursor([down, right]) {
    const section = sectionOf(this.study.header, this.planeOfKeys, this.cursor);
    const [v, h] = spotOf(section, this.cursor);
    const next = voxelAt(section, [v + down, h + right]);
    for (const axis of ["slice", "row", "column"]) next[axis] = this.clamped(next[axis], axis);
    this.isCrossShown = true;
    this.pointer = null;
    this.moveTo(next);
    this.tellSoon();
  }

  play() {
    if (this.playing) return this.stopPlaying();
    const slices = this.study.header.shape[0];
    this.playing = setInterval(() => this.goTo((this.slice + 1) % slices), PLAY_MS);
    return this.schedule();
  }

  stopPlaying() {
    clearInterval(this.playing);
    this.playing = null;
    this.schedule();
  }
}
