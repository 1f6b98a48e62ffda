// The panels on the stage: made for a layout, sized to the window, drawn, and found under a hand.

const COLUMN_BELOW_PX = 420;
const NARROW_BELOW_PX = 250; // of one panel
const GAP_PX = 6;
const TITLE_PX = 30;
const HEIGHT_SHARE = 0.6; // of the window, for all rows of panels

// The arrangement that shows the picture largest: rows, columns, and the panels' size. On a phone
// the panels stand one below the other, and the page is scrolled.
function arrangementOf(count, width, { isColumn, section }) {
  const sized = ([rows, columns]) => {
    const wide = Math.floor((width - GAP_PX * (columns - 1)) / columns);
    const room = HEIGHT_SHARE * window.innerHeight - (GAP_PX + TITLE_PX) * (rows - 1);
    const tall = Math.round(Math.max(Math.min(wide * 1.25, isColumn ? wide : room / rows), 160));
    return { rows, columns, width: wide, height: tall, fit: fitOf(section, wide, tall) };
  };
  if (isColumn) return sized([count, 1]);
  const choices = [[1, count], [Math.ceil(count / 2), 2]].filter(([rows, columns]) => rows * columns === count);
  return choices.map(sized).reduce((best, each) => (each.fit > best.fit ? each : best));
}

class Stage {
  constructor(root, element) {
    this.root = root;
    this.element = element;
    this.painter = new Painter();
    this.colorbar = madeColorbar();
    this.panels = [];
    this.arrangement = "";
  }

  // Makes the panels where they are not the ones that stand there, and sizes them.
  arrange(layout, { offered, hasTruth, header }) {
    const width = this.element.clientWidth;
    const isColumn = width < COLUMN_BELOW_PX;
    const section = sectionOf(header, "axial", { slice: 0 });
    const cells = [false, true].map((withFourth) => cellsOf(layout, { offered, hasTruth, withFourth }));
    const arranged = cells.map(({ length }) => arrangementOf(length, width, { isColumn, section }));
    const which = !isColumn && arranged[1].fit > arranged[0].fit ? 1 : 0;
    this.make(cells[which]);
    this.size(arranged[which], isColumn);
  }

  make(cells) {
    const arrangement = cells.map((cell) => cell.name).join();
    if (arrangement === this.arrangement) return;
    this.arrangement = arrangement;
    this.panels = cells.map(madePanel);
    this.element.replaceChildren(...this.panels.map(({ panel }) => panel));
    const shown = [({ cell }) => cell.name === "doubt", ({ cell }) => cell.overlays.includes("doubt")]
      .map((holds) => this.panels.find(holds))
      .find(Boolean);
    shown?.screen.append(this.colorbar);
  }

  size({ columns, width, height }, isColumn) {
    this.element.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    this.root.classList.toggle("column", isColumn);
    this.root.classList.toggle("narrow", width < NARROW_BELOW_PX);
    this.ratio = window.devicePixelRatio || 1;
    Object.assign(this, { width, height });
    for (const { screen, canvas } of this.panels) {
      screen.style.height = `${height}px`;
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
  }

  // The cut of each panel and its place there; the same number of screen pixels per mm in all.
  place(header, cursor, { zoom, center }) {
    const sections = this.panels.map(({ cell }) => sectionOf(header, cell.plane, cursor));
    const fit = Math.min(...sections.map((section) => fitOf(section, this.width, this.height)));
    this.panels.forEach((panel, i) => {
      panel.section = sections[i];
      panel.placement = placementOf(sections[i], this.width, this.height, fit * zoom, center);
    });
  }

  draw(scene) {
    this.font ??= getComputedStyle(this.root).fontFamily;
    for (const panel of this.panels) {
      this.painter.panel(panel, panel.section, scene, panel.placement, this);
    }
  }

  // The panel under an event, and the point on it; null beside them.
  locate(event) {
    const panel = this.panels.find(({ canvas }) => canvas === event.target);
    if (!panel) return null;
    const { left, top } = panel.canvas.getBoundingClientRect();
    return { panel, x: event.clientX - left, y: event.clientY - top };
  }

  // The voxel under a spot; null beside the frame.
  voxel({ panel: { section, placement }, x, y }) {
    const pixel = pixelAt(section, placement, { x, y });
    return pixel && voxelAt(section, pixel);
  }

  // The spot on its section, in fractions of a pixel: [v, h].
  point({ panel: { placement: { kx, ky, dx, dy } }, x, y }) {
    return [(y - dy) / ky, (x - dx) / kx];
  }

  // Crosses where the pointer would be on the other panels of the same plane.
  cross(spot) {
    for (const { panel, cross, section } of this.panels) {
      cross.hidden = !spot || panel === spot.panel.panel || section?.key !== spot.panel.section.key;
      if (!cross.hidden) cross.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
    }
  }

  // Titles and messages; gives what they say, for those who hear it.
  write(scene) {
    return this.panels.map(({ cell, detail, message, heading, swatch }) => {
      const said = describeCell(scene, cell);
      // without an outline the expert's panel is the plain picture
      const isPlain = cell.name === "truth" && !scene.study.layers.has("truth");
      if (cell.name === "single" || isPlain) heading.textContent = CONTRAST_NAMES[scene.contrasts.shown];
      else heading.textContent = cell.title;
      swatch.hidden = isPlain || !cell.swatch;
      detail.textContent = said.detail;
      message.textContent = said.message;
      message.hidden = !said.message;
      const name = OVERLAY_NAMES[cell.name] ?? cell.title;
      return said.message || said.detail ? `${name}: ${said.message || said.detail}` : "";
    });
  }

  writeColorbar({ doubt, prefs, scale, slice }) {
    const place = doubt ? doubt.position[slice] : -1;
    const isShown = place >= 0 && doubt.header.samples > 1 && prefs.shown.doubt && !prefs.hidden;
    this.colorbar.hidden = !isShown;
    if (!isShown) return;
    const part = (selector) => this.colorbar.querySelector(selector);
    const { maxima, measure } = doubt.header;
    const end = scaleEnd(doubt, scale, slice);
    part(".maximum").textContent = `max ${MEASURE_NAMES[measure]} ${maxima[place].toFixed(3)}`;
    part(".middle").textContent = (end / 2).toFixed(2);
    part(".end").textContent = end.toFixed(2);
    part(".scale-name").textContent = SCALE_NAMES[scale];
    part(".ramp").style.opacity = Math.max(prefs.opacity.doubt, 0.15);
  }
}
