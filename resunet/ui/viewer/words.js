// What the picture says in words. A scene is what `SliceView.scene` gives.

const CONTRAST_NAMES = { t1: "T1", t1ce: "T1ce", t2: "T2", flair: "FLAIR" };
const MEASURE_NAMES = { std: "std", entropy: "entropy", mutual_information: "mutual information" };

function describeTruth({ study, slice }) {
  const layer = study.layers.get("truth");
  if (!layer) return { detail: "", message: "No expert outline" };
  const area = formatArea(countFrom(layer.slice(slice), 1), study.header.spacing_mm);
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
  const count = countFrom(scene.overlay.layers.get("probability").slice(scene.place), scene.lowest);
  const area = formatArea(count, scene.study.header.spacing_mm);
  const detail = scene.isNarrow ? area : `p > ${scene.threshold.toFixed(2)} · ${area}`;
  return { detail, message: "" };
}

function describeDoubt(scene) {
  const message = describeWaiting(scene);
  if (message) return { detail: "", message };
  const { samples, measure } = scene.overlay.header;
  if (samples < 2) return { detail: "", message: "No uncertainty: one deterministic pass" };
  const name = MEASURE_NAMES[measure];
  return { detail: scene.isNarrow ? name : `${name} of ${samples} passes`, message: "" };
}

// A picture without its overlay must not pass for one where there is nothing to show.
function describeHidden({ settings }, panel) {
  if (settings.hidden) return "Overlay hidden (H)";
  if (panel === "doubt") return settings.opacity === 0 ? "Opacity 0" : "";
  return settings.mode === "off" ? "Outline off (C)" : "";
}

function describePixel({ study, contrasts, overlay, slice, place }, { row, column }) {
  const { layer } = contrasts;
  const level = layer.at(slice, row, column);
  const value = level === null ? 0 : layer.intercept + layer.scale * level;
  const beyond = layer.clipped && level === 65535 ? "≥ " : "";
  const parts = [
    `row ${row}, column ${column}`,
    `${CONTRAST_NAMES[contrasts.shown]} ${beyond}${formatNumber(value, layer.scale)}`,
  ];
  const truth = study.layers.get("truth");
  if (truth) parts.push(truth.at(slice, row, column) ? "expert: tumour" : "expert: no tumour");
  if (place >= 0) {
    const { probability_levels: levels, maxima, samples, measure } = overlay.header;
    const p = (overlay.layers.get("probability").at(place, row, column) ?? 0) + 0.5;
    parts.push(`p ${(p / levels).toFixed(2)}`);
    const doubt = (overlay.layers.get("uncertainty").at(place, row, column) ?? 0) / 255;
    if (samples > 1) parts.push(`${MEASURE_NAMES[measure]} ${(doubt * maxima[place]).toFixed(3)}`);
  }
  return parts.join(" · ");
}

function formatNumber(value, step) {
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(step)), 0), 4);
  return (Math.abs(value) < step / 2 ? 0 : value).toFixed(digits);
}

// The area of `count` pixels, in cm² where the spacing is known.
function formatArea(count, spacing) {
  if (count === 0) return "none";
  if (!spacing) return count === 1 ? "1 pixel" : `${count.toLocaleString("en")} pixels`;
  const squareMillimetres = count * spacing[0] * spacing[1];
  if (squareMillimetres < 10) return `${squareMillimetres.toFixed(1)} mm²`;
  return `${(squareMillimetres / 100).toFixed(squareMillimetres < 100 ? 2 : 1)} cm²`;
}
