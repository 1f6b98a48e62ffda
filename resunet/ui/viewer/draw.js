// From numbers to pictures: pure drawing, no state of the view.

// Grey level 0–255 for every stored level of a contrast between `low` and `high`.
function greyTable(layer, low, high) {
  const table = new Uint8ClampedArray(65536);
  const span = Math.max(high - low, 1e-12);
  const gain = (255 * layer.scale) / span;
  const start = (255 * (layer.intercept - low)) / span;
  for (let level = 0; level < 65536; level++) table[level] = start + gain * level;
  return table;
}

function greyOf(value, low, high) {
  return Math.round(Math.min(Math.max((255 * (value - low)) / Math.max(high - low, 1e-12), 0), 255));
}

// A canvas with the layer's box, one canvas pixel per picture pixel; null for an empty box.
function sized(canvas, layer) {
  if (!layer || layer.width === 0 || layer.height === 0) return null;
  if (canvas.width !== layer.width) canvas.width = layer.width;
  if (canvas.height !== layer.height) canvas.height = layer.height;
  return canvas.getContext("2d");
}

function paintGrey(canvas, layer, place, table) {
  const context = sized(canvas, layer);
  if (!context) return;
  const picture = context.createImageData(layer.width, layer.height);
  const pixels = new Uint32Array(picture.data.buffer);
  const levels = layer.slice(place);
  for (let i = 0; i < levels.length; i++) pixels[i] = (table[levels[i]] * 0x010101) | 0xff000000;
  context.putImageData(picture, 0, 0);
}

// The more uncertain, the greener: the level is the opacity.
function paintHeat(canvas, layer, place, gain, color) {
  const context = sized(canvas, layer);
  if (!context) return;
  const picture = context.createImageData(layer.width, layer.height);
  const pixels = picture.data;
  const levels = layer.slice(place);
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  for (let i = 0, p = 0; i < levels.length; i++, p += 4) {
    pixels[p] = red;
    pixels[p + 1] = green;
    pixels[p + 2] = blue;
    pixels[p + 3] = levels[i] * gain;
  }
  context.putImageData(picture, 0, 0);
}

function drawLayer(context, picture, layer) {
  if (layer.width > 0 && layer.height > 0) context.drawImage(picture, layer.left, layer.top);
}

function countFrom(levels, lowest) {
  let count = 0;
  for (let i = 0; i < levels.length; i++) if (levels[i] >= lowest) count++;
  return count;
}

const STEP_X = [1, 0, -1, 0];
const STEP_Y = [0, 1, 0, -1];

// The outline of the pixels at or above `lowest`, in the picture's pixel coordinates (pixel
// (row, column) covers [column, column + 1] × [row, row + 1]). It follows the pixels' edges
// with the pixel on its right, through the edges' midpoints: a staircase becomes a slope and
// straight borders stay where they are, at most half a pixel from any edge's corner.
function outlinePath(layer, place, lowest) {
  const path = new Path2D();
  const { width, height, top, left } = layer;
  const levels = layer.slice(place);
  const inside = (r, c) =>
    r >= 0 && c >= 0 && r < height && c < width && levels[r * width + c] >= lowest;
  const stride = width + 1;
  const open = new Uint8Array(stride * (height + 1)); // bit d: an edge leaves in direction d
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      if (levels[r * width + c] < lowest) continue;
      if (!inside(r - 1, c)) open[r * stride + c] |= 1;
      if (!inside(r, c + 1)) open[r * stride + c + 1] |= 2;
      if (!inside(r + 1, c)) open[(r + 1) * stride + c + 1] |= 4;
      if (!inside(r, c - 1)) open[(r + 1) * stride + c] |= 8;
    }
  }
  for (let start = 0; start < open.length; start++) {
    while (open[start]) {
      let x = start % stride;
      let y = (start - x) / stride;
      let direction = 31 - Math.clz32(open[start] & -open[start]);
      let first = true;
      while (open[y * stride + x] & (1 << direction)) {
        open[y * stride + x] &= ~(1 << direction);
        const middleX = left + x + STEP_X[direction] / 2;
        const middleY = top + y + STEP_Y[direction] / 2;
        if (first) path.moveTo(middleX, middleY);
        else path.lineTo(middleX, middleY);
        first = false;
        x += STEP_X[direction];
        y += STEP_Y[direction];
        // Right turn first: pixels that touch at a corner only stay two outlines.
        const choices = open[y * stride + x];
        for (const turn of [1, 0, 3]) {
          const next = (direction + turn) % 4;
          if (choices & (1 << next)) {
            direction = next;
            break;
          }
        }
      }
      path.closePath();
    }
  }
  return path;
}

// Line width is of the screen, not of the picture: the path is moved, the pen is not.
function strokeOutline(context, path, matrix, color, ratio, fillAlpha) {
  const placed = new Path2D();
  placed.addPath(path, matrix);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.lineJoin = "round";
  if (fillAlpha > 0) {
    context.globalAlpha = fillAlpha;
    context.fillStyle = color;
    context.fill(placed, "evenodd");
  }
  context.globalAlpha = 0.55;
  context.strokeStyle = "#000";
  context.lineWidth = 3.2 * ratio;
  context.stroke(placed);
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = 1.7 * ratio;
  context.stroke(placed);
  context.restore();
}

function drawText(context, text, x, y, align, font) {
  context.font = font;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 2.5;
  context.strokeStyle = "rgba(0, 0, 0, 0.85)";
  context.strokeText(text, x, y);
  context.fillStyle = "#e8ecf0";
  context.fillText(text, x, y);
}

function drawSides(context, width, height, font) {
  drawText(context, "R", 12, height / 2, "center", font);
  drawText(context, "L", width - 12, height / 2, "center", font);
  drawText(context, "A", width / 2, 13, "center", font);
  drawText(context, "P", width / 2, height - 12, "center", font);
}

// `pixelsPerUnit`: screen pixels per millimetre where the spacing is known, else per pixel.
function drawScaleBar(context, height, width, pixelsPerUnit, inMillimetres, font) {
  const length = [100, 50, 20, 10, 5, 2, 1].find((l) => l * pixelsPerUnit <= 0.24 * width) ?? 1;
  const end = 14 + length * pixelsPerUnit;
  const y = height - 13;
  context.beginPath();
  for (const [x, h] of [[14, 4], [end, 4]]) {
    context.moveTo(x, y - h);
    context.lineTo(x, y + h);
  }
  context.moveTo(14, y);
  context.lineTo(end, y);
  for (const [color, thickness] of [["rgba(0, 0, 0, 0.85)", 4], ["#e8ecf0", 1.6]]) {
    context.strokeStyle = color;
    context.lineWidth = thickness;
    context.stroke();
  }
  const label = inMillimetres
    ? length >= 10 ? `${length / 10} cm` : `${length} mm`
    : length === 1 ? "1 pixel" : `${length} pixels`;
  drawText(context, label, 13, y - 13, "left", font);
}

// Over the slider: how much tumour each slice holds, expert above, network below; grey where
// it is not computed yet.
function paintProfile(canvas, study, overlay, lowest, ratio, colors) {
  const slices = study.header.shape[0];
  const truth = study.layers.get("truth");
  const network = overlay?.layers.get("probability");
  const expert = [];
  const predicted = [];
  for (let k = 0; k < slices; k++) {
    const place = overlay ? overlay.position[k] : -1;
    expert.push(truth ? countFrom(truth.slice(k), 1) : 0);
    predicted.push(place >= 0 ? countFrom(network.slice(place), lowest) : 0);
  }
  const context = canvas.getContext("2d");
  // The slider's thumb, 16 px wide, keeps its middle half a thumb off both ends.
  const margin = 8 * ratio;
  const step = (canvas.width - 2 * margin) / (slices - 1);
  const bar = Math.min(Math.max(step - ratio, 1), 2 * margin);
  const half = canvas.height / 2;
  const unit = half / Math.max(...expert, ...predicted, 1);
  for (let k = 0; k < slices; k++) {
    const x = margin + k * step - bar / 2;
    context.fillStyle = colors.truth;
    context.fillRect(x, half - unit * expert[k], bar, unit * expert[k]);
    context.fillStyle = colors.network;
    context.fillRect(x, half, bar, unit * predicted[k]);
    if (overlay && overlay.position[k] < 0) {
      context.fillStyle = "rgba(128, 128, 128, 0.5)";
      context.fillRect(x, half, bar, half / 3);
    }
  }
}
