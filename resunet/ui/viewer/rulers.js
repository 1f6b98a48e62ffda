// Lengths measured on the picture: each belongs to one section of one study.

class Rulers {
  constructor(view) {
    this.view = view;
    this.open = null; // begun by key, its other end not placed yet
  }

  get all() {
    return this.view.settings.rulers;
  }

  begin({ plane, index }, point) {
    const ruler = { plane, index, from: point, to: point };
    this.all.push(ruler);
    return ruler;
  }

  beginAt(spot) {
    return this.begin(spot.panel.section, this.view.stage.point(spot));
  }

  stretch(ruler, spot) {
    if (spot?.panel.section.plane !== ruler.plane) return;
    ruler.to = this.view.stage.point(spot);
    this.view.schedule();
  }

  // A ruler of no length is none.
  end(ruler) {
    if (ruler.from === ruler.to) this.drop(ruler);
    this.view.schedule();
  }

  drop(ruler) {
    const at = this.all.indexOf(ruler);
    if (at >= 0) this.all.splice(at, 1);
    if (ruler === this.open) this.open = null;
    this.view.schedule();
  }

  // By key: from here to where it is called next on the same section.
  placeAt(section, [v, h]) {
    const point = [v + 0.5, h + 0.5];
    if (this.open && isOn(this.open, section)) {
      this.open.to = point;
      this.open = null;
    } else {
      this.dropOpen();
      this.open = this.begin(section, point);
    }
  }

  dropOpen() {
    if (this.open) this.drop(this.open);
  }

  // Those on screen, in words.
  describe() {
    const { panels } = this.view.stage;
    const lengths = this.all.flatMap((ruler) => {
      const panel = panels.find(({ section }) => isOn(ruler, section));
      return panel ? [formatLength(lengthOf(ruler, panel.section), this.view.study.header.spacing_mm)] : [];
    });
    return lengths.length ? `ruler ${lengths.join(", ")}` : "";
  }

  // The last one that is on screen.
  remove() {
    const { panels } = this.view.stage;
    const last = this.all.findLast((ruler) => panels.some(({ section }) => isOn(ruler, section)));
    if (last) this.drop(last);
  }
}

function isOn({ plane, index }, section) {
  return plane === section.plane && index === section.index;
}

// mm where the spacing is known, else pixels.
function lengthOf({ from, to }, { steps: [down, across] }) {
  return Math.hypot((to[0] - from[0]) * down, (to[1] - from[1]) * across);
}
