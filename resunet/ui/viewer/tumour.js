// The network's outline at the threshold on screen, as corrected by hand; and its lesions.

// A layer over the whole frame, 1 where there is tumour, made slice by slice when it is looked at.
class Tumour {
  constructor(overlay, lowest, edits, [, rows, columns]) {
    Object.assign(this, { overlay, lowest, edits, top: 0, left: 0, height: rows, width: columns });
    this.probability = overlay.layers.get("probability");
    this.made = new Map();
    this.counts = new Map();
  }

  isHere(slice) {
    return this.probability.isHere(slice);
  }

  forget(slices) {
    for (const slice of slices) {
      this.made.delete(slice);
      this.counts.delete(slice);
    }
  }

  pixels(slice) {
    const levels = this.probability.pixels(slice);
    if (!levels) return null;
    let bits = this.made.get(slice);
    if (!bits) this.made.set(slice, (bits = this.make(levels, slice)));
    return bits;
  }

  make(levels, slice) {
    const { probability: layer, lowest, width } = this;
    const bits = new Uint8Array(this.height * width);
    for (let r = 0, i = 0; r < layer.height; r++) {
      const start = (layer.top + r) * width + layer.left;
      for (let c = 0; c < layer.width; c++, i++) if (levels[i] >= lowest) bits[start + c] = 1;
    }
    const codes = this.edits.codes.get(slice);
    if (codes) {
      for (let i = 0; i < bits.length; i++) {
        if (codes[i] === ADDED) bits[i] = 1;
        else if (codes[i] === TAKEN) bits[i] = 0;
      }
    }
    return bits;
  }

  // What the network alone says of a pixel.
  isNetworks(slice, row, column) {
    return (this.probability.at(slice, row, column) ?? 0) >= this.lowest;
  }

  at(slice, row, column) {
    return this.pixels(slice)?.[row * this.width + column] ?? null;
  }

  count(slice) {
    if (!this.counts.has(slice)) {
      const levels = this.probability.pixels(slice);
      const isPlain = levels && !this.edits.codes.has(slice);
      const count = isPlain ? countFrom(levels, this.lowest) : countFrom(this.pixels(slice) ?? [], 1);
      this.counts.set(slice, count);
    }
    return this.counts.get(slice);
  }
}

// The connected parts of the tumour, the largest first: neighbours share a face, an edge or a
// corner, in a stack without gaps across slices too. Each has its runs of pixels in rows.
function lesionsOf(tumour, slices, isGapFree) {
  const runs = [];
  const parents = [];
  const rootOf = (i) => {
    while (parents[i] !== i) i = parents[i] = parents[parents[i]];
    return i;
  };
  let below = new Map(); // row → runs of the slice below
  for (let slice = 0; slice < slices; slice++) {
    const here = new Map();
    const pixels = tumour.count(slice) ? tumour.pixels(slice) : null;
    for (let row = 0; pixels && row < tumour.height; row++) {
      for (let c = 0; c < tumour.width; c++) {
        if (!pixels[row * tumour.width + c]) continue;
        const start = c;
        while (c < tumour.width && pixels[row * tumour.width + c]) c++;
        const run = { slice, row, start, end: c, number: runs.length };
        runs.push(run);
        parents.push(run.number);
        const near = [...(here.get(row - 1) ?? [])];
        for (let r = row - 1; isGapFree && r <= row + 1; r++) near.push(...(below.get(r) ?? []));
        for (const other of near) {
          if (other.start <= run.end && run.start <= other.end) {
            parents[rootOf(run.number)] = rootOf(other.number);
          }
        }
        if (!here.has(row)) here.set(row, []);
        here.get(row).push(run);
      }
    }
    below = here;
  }
  const found = new Map();
  for (const run of runs) {
    const root = rootOf(run.number);
    if (!found.has(root)) found.set(root, { runs: [], voxels: 0, areas: new Map() });
    const lesion = found.get(root);
    lesion.runs.push(run);
    lesion.voxels += run.end - run.start;
    lesion.areas.set(run.slice, (lesion.areas.get(run.slice) ?? 0) + run.end - run.start);
  }
  return [...found.values()].sort((a, b) => b.voxels - a.voxels).map(describeLesion);
}

function describeLesion({ runs, voxels, areas }, index) {
  const slices = [...areas.keys()];
  const [key] = [...areas].reduce((best, each) => (each[1] > best[1] ? each : best));
  const holds = ({ slice, row, column }) =>
    runs.some((run) => run.slice === slice && run.row === row && run.start <= column && column < run.end);
  // a voxel of its own in the slice that shows most of it
  const { row, start } = runs.find((run) => run.slice === key);
  return {
    number: index + 1, runs, voxels, holds,
    first: Math.min(...slices), last: Math.max(...slices), key: { slice: key, row, column: start },
  };
}
