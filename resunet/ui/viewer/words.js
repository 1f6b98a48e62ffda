// What the picture says in words. A scene is what `SliceView.scene` gives.

const CONTRAST_NAMES = { t1: "T1", t1ce: "T1ce", t2: "T2", flair: "FLAIR" };
const MEASURE_NAMES = { std: "std", entropy: "entropy", mutual_information: "mutual information" };
const SCALE_NAMES = { slice: "scale: this slice", study: "scale: this patient", fixed: "fixed scale" };

// What stands in a panel's title and over its picture: { detail, message }.
function describeCell(scene, cell) {
  const said = describeContent(scene, cell);
  const hidden = said.message ? "" : describeHidden(scene, cell);
  return { ...said, message: said.message || hidden };
}

function describeContent(scene, { name, overlays, plane }) {
  if (name === "truth") return describeTruth(scene);
  if (name === "network") return describeNetwork(scene);
  if (name === "doubt") return describeDoubt(scene);
  const { study, cursor } = scene;
  const waiting = overlays.includes("network") || name === "errors" ? describeWaiting(scene) : "";
  const isFirst = ["single", "all", "errors", "axial", study.header.contrasts[0]].includes(name);
  const isShown = plane === "axial" || name === "single";
  const number = { coronal: `row ${cursor.row}`, sagittal: `column ${cursor.column}` }[plane] ?? "";
  if (name === "axial") return { detail: `slice ${cursor.slice + 1}`, message: waiting };
  if (!isShown) return { detail: number, message: "" };
  const detail = name === "single" || name === "all" ? describeAreas(scene) : "";
  return { detail, message: isFirst ? waiting : "" };
}

function describeAreas(scene) {
  const said = [];
  const truth = describeTruth(scene);
  if (scene.study.layers.has("truth")) said.push(`expert ${truth.detail}`);
  const network = describeNetwork(scene);
  if (network.detail) said.push(`network ${network.detail}`);
  return said.join(" · ");
}

function describeTruth({ study, slice }) {
  const layer = study.layers.get("truth");
  if (!layer) return { detail: "no expert outline", message: "" };
  const area = formatArea(countFrom(layer.pixels(slice), 1), study.header.spacing_mm);
  return { detail: area, message: "" };
}

// Why there is no prediction to be seen; empty where there is one.
function describeWaiting({ overlay, place, isArriving, waiting }) {
  if (!overlay) return isArriving ? "The prediction is on its way …" : waiting;
  return place < 0 ? "Not computed yet" : "";
}

function describeNetwork(scene) {
  const message = describeWaiting(scene);
  if (message) return { detail: "", message };
  const { tumour, slice, edits, study } = scene;
  const area = formatArea(tumour.count(slice), study.header.spacing_mm);
  const by = edits.codes.get(slice)?.some(Boolean) ? "corrected · " : "";
  const detail = scene.isNarrow ? area : `${by}p > ${scene.threshold.toFixed(2)} · ${area}`;
  return { detail, message: "" };
}

function describeDoubt(scene) {
  const message = describeWaiting(scene) || (scene.doubt ? "" : "The uncertainty is on its way …");
  if (message) return { detail: "", message };
  const { samples, measure } = scene.doubt.header;
  if (samples < 2) return { detail: "", message: "No uncertainty: one deterministic pass" };
  const name = MEASURE_NAMES[measure];
  return { detail: scene.isNarrow ? name : `${name} of ${samples} passes`, message: "" };
}

// A picture without its overlay must not pass for one where there is nothing to show.
function describeHidden({ prefs, study }, { name, overlays }) {
  if (prefs.hidden) return "Overlays hidden (H)";
  if (!(name in OVERLAY_NAMES) || (name === "truth" && !study.layers.has("truth"))) return "";
  if (name !== "errors" && !prefs.shown[name]) return `${OVERLAY_NAMES[name]}: switched off`;
  if (name === "doubt") return prefs.opacity.doubt === 0 ? "Opacity 0" : "";
  if (name === "errors" || !overlays.includes(name)) return "";
  if (prefs.mode === "off") return "Outline off (C)";
  return prefs.opacity[name] === 0 ? "Opacity 0" : "";
}

function describePixel(scene, { slice, row, column }) {
  const { study, contrasts, overlay, doubt, tumour } = scene;
  const shown = contrasts.shown;
  const names = [shown, ...contrasts.offered.filter((name) => name !== shown && contrasts.isHere(name))];
  const parts = [
    `row ${row}, column ${column}`,
    ...names.map((name) => describeGrey(name, contrasts.layers.get(name), slice, row, column)),
  ];
  const truth = study.layers.get("truth");
  if (truth) parts.push(truth.at(slice, row, column) ? "expert: tumour" : "expert: no tumour");
  if (tumour?.isHere(slice)) {
    const { probability_levels: levels } = overlay.header;
    const p = (overlay.layers.get("probability").at(slice, row, column) ?? 0) + 0.5;
    parts.push(`p ${(p / levels).toFixed(2)}`);
  }
  if (doubt && doubt.position[slice] >= 0 && doubt.header.samples > 1) {
    const { maxima, measure } = doubt.header;
    const share = (doubt.layers.get("uncertainty").at(slice, row, column) ?? 0) / 255;
    parts.push(`${MEASURE_NAMES[measure]} ${(share * maxima[doubt.position[slice]]).toFixed(3)}`);
  }
  const where = describePlace(study.header.affine, [slice, row, column]);
  return [...parts, ...where].join(" · ");
}

function describeGrey(name, layer, slice, row, column) {
  const level = layer.at(slice, row, column);
  const value = level === null ? 0 : layer.intercept + layer.scale * level;
  const beyond = layer.clipped && level === 65535 ? "≥ " : "";
  return `${CONTRAST_NAMES[name]} ${beyond}${formatNumber(value, layer.scale)}`;
}

// The place in the patient: mm to the right or left, front or back, up or down of the origin.
function describePlace(affine, index) {
  if (!affine) return [];
  const letters = ["RL", "AP", "SI"];
  const mm = letters.map(([more, less], axis) => {
    const at = affine[axis].slice(0, 3).reduce((sum, step, i) => sum + step * index[i], affine[axis][3]);
    return `${at < 0 ? less : more} ${Math.abs(at).toFixed(1)}`;
  });
  return [`${mm.join(" ")} mm`];
}

function formatNumber(value, step) {
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(step)), 0), 4);
  return (Math.abs(value) < step / 2 ? 0 : value).toFixed(digits);
}

function formatLength(length, spacing) {
  return spacing ? `${length.toFixed(1)} mm` : `${length.toFixed(1)} pixels`;
}

// The area of `count` pixels, in cm² where the spacing is known.
function formatArea(count, spacing) {
  if (count === 0) return "none";
  if (!spacing) return count === 1 ? "1 pixel" : `${count.toLocaleString("en")} pixels`;
  const squareMillimetres = count * spacing[0] * spacing[1];
  if (squareMillimetres < 10) return `${squareMillimetres.toFixed(1)} mm²`;
  return `${(squareMillimetres / 100).toFixed(squareMillimetres < 100 ? 2 : 1)} cm²`;
}

// The volume of `count` voxels, in ml where it is known.
function formatVolume(count, { spacing_mm: spacing, slice_step_mm: step }) {
  if (!spacing || !step) return formatArea(count, spacing);
  const ml = (count * spacing[0] * spacing[1] * step) / 1000;
  return `${ml.toFixed(ml < 1 ? 2 : 1)} ml`;
}
