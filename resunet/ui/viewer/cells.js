// The panels of each layout: which cut, which contrast and which overlays each shows.

const LAYOUTS = {
  paper: "Expert, network and uncertainty side by side",
  single: "One large picture",
  contrasts: "The four contrasts",
  planes: "Axial, coronal and sagittal",
};
const EVERYTHING = ["truth", "network", "doubt", "errors"];
const OVERLAY_NAMES = { truth: "Expert", network: "Network", doubt: "Uncertainty", errors: "Errors" };

// `contrast` null: the one chosen above. `withFourth`: what two rows of two have room for.
function cellsOf(layout, { offered, hasTruth, withFourth }) {
  const cell = (name, title, change) => ({
    name, title, plane: "axial", contrast: null, overlays: EVERYTHING, swatch: false, ...change,
  });
  if (layout === "single") return [cell("single", "")];
  if (layout === "contrasts") {
    return offered.map((contrast) => cell(contrast, CONTRAST_NAMES[contrast], { contrast }));
  }
  const doubt = cell("doubt", OVERLAY_NAMES.doubt, { overlays: ["doubt"], swatch: true });
  if (layout === "planes") {
    const planes = Object.keys(PLANE_NAMES).map((plane) => cell(plane, PLANE_NAMES[plane], { plane }));
    return withFourth ? [...planes, doubt] : planes;
  }
  const expert = cell("truth", OVERLAY_NAMES.truth, { overlays: ["truth"], swatch: true });
  const network = cell("network", OVERLAY_NAMES.network, { overlays: ["network", "errors"], swatch: true });
  const three = [expert, network, doubt];
  if (!withFourth) return three;
  if (hasTruth) return [...three, cell("errors", "Errors", { overlays: ["errors"] })];
  return [...three, cell("all", "Together", { overlays: ["truth", "network", "doubt"] })];
}

const CELL_HTML = `
  <div class="title"><i class="swatch" hidden></i><b></b><span class="detail"></span></div>
  <div class="screen"><canvas></canvas><i class="cross" hidden></i><p class="message" hidden></p></div>`;

const COLORBAR_HTML = `
  <span class="maximum"></span><i class="ramp"></i>
  <div class="ticks"><span>0</span><span class="middle"></span><span class="end"></span></div>
  <span class="scale-name"></span>`;

function madePanel(cell) {
  const panel = document.createElement("div");
  panel.className = "panel";
  panel.dataset.panel = cell.name;
  panel.innerHTML = CELL_HTML;
  const part = (selector) => panel.querySelector(selector);
  const swatch = part(".swatch");
  swatch.classList.add(cell.name);
  return {
    cell, panel, screen: part(".screen"), canvas: part("canvas"), detail: part(".detail"),
    heading: part("b"), swatch, message: part(".message"), cross: part(".cross"),
  };
}

function madeColorbar() {
  const bar = document.createElement("div");
  bar.className = "colorbar";
  bar.innerHTML = COLORBAR_HTML;
  return bar;
}
