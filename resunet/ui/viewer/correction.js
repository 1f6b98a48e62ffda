// The reader's hand on the network's outline: brush, eraser, verdicts on lesions, undo.

const BRUSHES = { brush: "Brush (B)", eraser: "Eraser (E)" };
const BRUSH_MOST = 41; // pixels across

class Correction {
  constructor(view) {
    this.view = view;
    this.size = 7;
    this.study = null; // whose edits these are
    this.edits = null; // of the study on screen
    this.tumour = null;
  }

  get isOn() {
    return this.view.hand in BRUSHES;
  }

  // Stands for the outline on screen.
  get version() {
    return this.tumour ? `${this.tumour.lowest} ${this.edits.revision}` : "";
  }

  // Whether every slice is computed: before that a lesion may be half of one.
  get isComplete() {
    const { overlay, study } = this.view;
    return Boolean(overlay) && overlay.header.done.length === study.header.shape[0];
  }

  get lesions() {
    if (!this.isComplete) return [];
    const { overlay, study: { header } } = this.view;
    const key = `${this.version} ${overlay.header.id}`;
    if (this.foundFor !== key) {
      this.found = lesionsOf(this.tumour, header.shape[0], Boolean(header.slice_step_mm));
      this.foundFor = key;
    }
    return this.found;
  }

  // What this window has changed stays; else it begins with what was saved, maybe meanwhile.
  open({ header: { study, shape, verdicts }, layers }) {
    const key = `${study} ${this.view.asked.sitting}`;
    if (!SHELF.edits.get(key)?.revision) {
      const edits = new Edits(verdicts);
      if (layers.has("correction")) edits.take(layers.get("correction"), shape);
      SHELF.edits.set(key, edits);
    }
    this.study = study;
    this.edits = SHELF.edits.get(key);
    this.tumour = null;
  }

  // The network's outline, made anew where the prediction or the threshold is another.
  update() {
    const { overlay, threshold, study } = this.view;
    const lowest = overlay && Math.max(1, Math.round(threshold * overlay.header.probability_levels));
    const { tumour, edits } = this;
    if (!overlay) this.tumour = null;
    else if (tumour?.overlay !== overlay || tumour.lowest !== lowest || tumour.edits !== edits) {
      this.tumour = new Tumour(overlay, lowest, edits, study.header.shape);
    }
  }

  // The circle that the brush would draw.
  outline(colors) {
    const { view } = this;
    const voxel = view.pointed ?? (view.isCrossShown ? view.cursor : null);
    if (!this.isOn || !voxel) return null;
    const unit = Math.min(...spacingOf(view.study.header));
    return { ...voxel, radius: (this.size / 2) * unit, color: view.hand === "brush" ? colors.network : "#ffffff" };
  }

  resize(by) {
    this.size = Math.min(Math.max(this.size + by, 1), BRUSH_MOST);
    this.view.toolsChanged();
  }

  // Draws from the pixel that was painted last, or null for a new stroke; gives the pixel that
  // is painted now, or null where none can be.
  paintAt(spot, last) {
    const voxel = spot?.panel.section.plane === "axial" ? this.view.stage.voxel(spot) : null;
    if (!voxel || !this.tumour?.isHere(voxel.slice)) return null;
    this.paint(voxel.slice, last, voxel);
    this.view.schedule();
    return voxel;
  }

  paintAtCursor() {
    const { cursor } = this.view;
    if (!this.tumour?.isHere(cursor.slice)) return;
    this.paint(cursor.slice, null, cursor);
    this.changed([]);
  }

  paint(slice, from, to) {
    const { header } = this.view.study;
    const [, rows, columns] = header.shape;
    const adds = this.view.hand === "brush";
    const places = from ? lineOf(from, to) : [to];
    const changed = this.edits.step(
      rows * columns,
      (put) => {
        for (const place of places) {
          for (const [r, c] of discOf(place, this.size, spacingOf(header), rows, columns)) {
            const isNetworks = this.tumour.isNetworks(slice, r, c);
            put(slice, r * columns + c, isNetworks === adds ? KEPT : adds ? ADDED : TAKEN);
          }
        }
      },
      { grow: from !== null },
    );
    this.tumour.forget(changed);
  }

  // Takes a lesion out of the outline, or says that it is right.
  judge(lesion, verdict) {
    const [, rows, columns] = this.view.study.header.shape;
    const { voxels, first, last, key } = lesion;
    const others = this.edits.verdicts.filter((each) => !lesion.holds(each));
    const verdicts = [...others, { verdict, ...key, voxels, first, last }];
    const changed = this.edits.step(
      rows * columns,
      (put) => {
        for (const { slice, row, start, end } of verdict === "rejected" ? lesion.runs : []) {
          for (let c = start; c < end; c++) {
            put(slice, row * columns + c, this.tumour.isNetworks(slice, row, c) ? TAKEN : KEPT);
          }
        }
      },
      { verdicts },
    );
    this.changed(changed);
  }

  judgeAtCursor(verdict) {
    const voxel = this.view.pointed ?? this.view.cursor;
    const lesion = this.lesions.find((each) => each.holds(voxel));
    if (lesion) this.judge(lesion, verdict);
  }

  undo() {
    this.changed(this.edits.undo());
  }

  // Undoes the stroke of a hand that meant something else.
  takeBack() {
    this.changed(this.edits.takeBack());
  }

  redo() {
    this.changed(this.edits.redo());
  }

  restore() {
    const [, rows, columns] = this.view.study.header.shape;
    this.changed(this.edits.restore(rows * columns));
  }

  changed(slices) {
    this.tumour?.forget(slices);
    this.view.schedule();
    this.tell();
  }

  // While another patient's picture is on its way these edits are none of theirs; when this patient
  // is back, `tellAgain` says what was not said.
  tell() {
    const { study, view: { asked } } = this;
    if (asked.study !== study) return;
    const { revision, verdicts } = this.edits;
    this.view.setStateValue("edit", { study, revision, slices: this.edits.runs(), lesions: verdicts });
  }

  // Where Python knows another revision than this window, as after the page was left.
  tellAgain() {
    if (this.edits?.revision && this.edits.revision !== this.view.asked.edited) this.tell();
  }
}

// The pixels of a disc round a pixel's middle, `size` pixels of the finer spacing across.
function* discOf({ row, column }, size, [rowStep, columnStep], rows, columns) {
  const reach = (size * Math.min(rowStep, columnStep)) / 2;
  const tall = Math.floor(reach / rowStep);
  const wide = Math.floor(reach / columnStep);
  for (let r = Math.max(row - tall, 0); r <= Math.min(row + tall, rows - 1); r++) {
    for (let c = Math.max(column - wide, 0); c <= Math.min(column + wide, columns - 1); c++) {
      const dr = (r - row) * rowStep;
      const dc = (c - column) * columnStep;
      if (dr * dr + dc * dc <= reach * reach) yield [r, c];
    }
  }
}

// The pixels from one place to another, without gaps.
function lineOf(from, to) {
  const steps = Math.max(Math.abs(to.row - from.row), Math.abs(to.column - from.column), 1);
  return Array.from({ length: steps }, (_, i) => {
    const share = (i + 1) / steps;
    return {
      row: Math.round(from.row + (to.row - from.row) * share),
      column: Math.round(from.column + (to.column - from.column) * share),
    };
  });
}
