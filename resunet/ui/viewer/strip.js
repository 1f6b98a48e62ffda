// Under the picture: the course of tumour and uncertainty along the volume, and how the
// uncertainty settles with the number of passes.

const THUMB_PX = 16; // the slider's thumb keeps its middle half a thumb off both ends

// For each slice: the expert's area and the network's, in pixels, and the mean uncertainty in the
// brain; null where there is none.
function courseOf({ study, doubt, tumour }) {
  const truth = study.layers.get("truth");
  return Array.from({ length: study.header.shape[0] }, (_, k) => ({
    expert: truth ? countFrom(truth.pixels(k), 1) : null,
    network: tumour?.isHere(k) ? tumour.count(k) : null,
    doubt: doubt && doubt.position[k] >= 0 ? doubt.header.means[doubt.position[k]] : null,
  }));
}

function paintCourse(canvas, course, ratio, colors) {
  const context = canvas.getContext("2d");
  const margin = (THUMB_PX / 2) * ratio;
  const step = (canvas.width - 2 * margin) / Math.max(course.length - 1, 1);
  const bar = Math.min(Math.max(step - ratio, 1), 2 * margin);
  const middle = canvas.height / 2;
  const most = (name) => Math.max(...course.map((each) => each[name] ?? 0), 0);
  const unit = middle / Math.max(most("expert"), most("network"), 1);
  const rise = (canvas.height - 3 * ratio) / Math.max(most("doubt"), 1e-9);
  const line = new Path2D();
  let isDrawn = false;
  course.forEach(({ expert, network, doubt }, k) => {
    const x = margin + k * step;
    context.fillStyle = colors.truth;
    context.fillRect(x - bar / 2, middle - unit * expert, bar, unit * expert);
    context.fillStyle = network === null ? "rgba(128, 128, 128, 0.5)" : colors.network;
    context.fillRect(x - bar / 2, middle, bar, network === null ? middle / 3 : unit * network);
    if (doubt !== null) {
      const y = canvas.height - 1.5 * ratio - rise * doubt;
      if (isDrawn) line.lineTo(x, y);
      else line.moveTo(x, y);
    }
    isDrawn = doubt !== null;
  });
  context.strokeStyle = colors.doubt;
  context.lineWidth = 1.5 * ratio;
  context.lineJoin = "round";
  context.stroke(line);
}

// The slice under a point of the strip.
function sliceUnder(canvas, slices, clientX) {
  const { left, width } = canvas.getBoundingClientRect();
  const share = (clientX - left - THUMB_PX / 2) / (width - THUMB_PX);
  return Math.round(share * (slices - 1));
}

// Mean uncertainty in the brain over the first 2, 3, … T passes, from its lowest to its highest.
function paintSettling(canvas, values, ratio, color) {
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (!width) return;
  canvas.width = width;
  canvas.height = height;
  const low = Math.min(...values);
  const span = Math.max(Math.max(...values) - low, 1e-9);
  const line = new Path2D();
  values.forEach((value, i) => {
    const x = ratio * 2 + (i / Math.max(values.length - 1, 1)) * (width - 4 * ratio);
    line.lineTo(x, height - 3 * ratio - ((value - low) / span) * (height - 6 * ratio));
  });
  const context = canvas.getContext("2d");
  context.strokeStyle = color;
  context.lineWidth = 1.5 * ratio;
  context.lineJoin = "round";
  context.stroke(line);
}
