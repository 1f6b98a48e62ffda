// What a reader changes of the network's outline, by hand: a code for each pixel of a slice.

const KEPT = 0;
const ADDED = 1;
const TAKEN = 2;
const MOST_STEPS = 200; // that can be undone

class Edits {
  constructor(verdicts = []) {
    this.codes = new Map(); // slice → Uint8Array over the frame
    this.verdicts = verdicts; // { verdict, slice, row, column, voxels, first, last } of lesions
    this.steps = [];
    this.undone = [];
    this.revision = 0; // grows with every change
    this.isDrawing = false; // whether the last step is of the hand that still draws
  }

  get isEmpty() {
    return this.verdicts.length === 0 && ![...this.codes.values()].some((codes) => codes.some(Boolean));
  }

  // One step, undone as a whole: `change(paint)` calls paint(slice, index, code) for each pixel.
  // While a hand still draws, `grow` adds to the step it began.
  step(size, change, { verdicts = this.verdicts, grow = false } = {}) {
    const last = grow && this.isDrawing ? this.steps.at(-1) : null;
    this.isDrawing &&= grow;
    const step = last ?? { pixels: [], before: this.verdicts };
    const count = step.pixels.length;
    change((slice, index, code) => {
      let codes = this.codes.get(slice);
      if (!codes) this.codes.set(slice, (codes = new Uint8Array(size)));
      if (codes[index] === code) return;
      step.pixels.push(slice, index, codes[index], code);
      codes[index] = code;
    });
    if (step.pixels.length === count && verdicts === this.verdicts) return [];
    step.after = this.verdicts = verdicts;
    if (!last) this.steps.push(step);
    this.isDrawing = true;
    if (this.steps.length > MOST_STEPS) this.steps.shift();
    this.undone = [];
    this.revision += 1;
    return slicesOf(step);
  }

  undo() {
    const step = this.steps.pop();
    this.isDrawing = false;
    if (!step) return [];
    for (let i = step.pixels.length - 4; i >= 0; i -= 4) this.put(step.pixels, i, 2);
    this.verdicts = step.before;
    this.undone.push(step);
    this.revision += 1;
    return slicesOf(step);
  }

  // Undoes what a hand has begun to draw, and forgets it.
  takeBack() {
    if (!this.isDrawing) return [];
    const slices = this.undo();
    this.undone.pop();
    return slices;
  }

  redo() {
    const step = this.undone.pop();
    this.isDrawing = false;
    if (!step) return [];
    for (let i = 0; i < step.pixels.length; i += 4) this.put(step.pixels, i, 3);
    this.verdicts = step.after;
    this.steps.push(step);
    this.revision += 1;
    return slicesOf(step);
  }

  put(pixels, at, which) {
    this.codes.get(pixels[at])[pixels[at + 1]] = pixels[at + which];
  }

  // Everything as the network left it, as a step of its own.
  restore(size) {
    return this.step(
      size,
      (paint) => {
        for (const [slice, codes] of this.codes) {
          codes.forEach((code, index) => code && paint(slice, index, KEPT));
        }
      },
      { verdicts: [] },
    );
  }

  // For Python: slice → [start, length, code, start, …] of the pixels that are not as they were.
  runs() {
    const found = {};
    for (const [slice, codes] of this.codes) {
      const runs = [];
      for (let i = 0; i < codes.length; ) {
        const code = codes[i];
        const start = i;
        while (i < codes.length && codes[i] === code) i++;
        if (code !== KEPT) runs.push(start, i - start, code);
      }
      if (runs.length) found[slice] = runs;
    }
    return found;
  }

  // What an earlier session left: a layer of codes.
  take(layer, [slices, rows, columns]) {
    for (let slice = 0; slice < slices; slice++) {
      const pixels = layer.pixels(slice);
      if (!pixels.some(Boolean)) continue;
      const codes = new Uint8Array(rows * columns);
      for (let r = 0; r < layer.height; r++) {
        const row = pixels.subarray(r * layer.width, (r + 1) * layer.width);
        codes.set(row, (layer.top + r) * columns + layer.left);
      }
      this.codes.set(slice, codes);
    }
  }
}

function slicesOf(step) {
  const slices = new Set();
  for (let i = 0; i < step.pixels.length; i += 4) slices.add(step.pixels[i]);
  return [...slices];
}
