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

// Paints a cut into a canvas of its size, one canvas pixel per picture pixel; false for an empty
// one. `paint(pixels, levels)`: pixels are 32-bit ABGR.
function paintCut(canvas, cut, paint) {
  if (!cut || cut.width === 0 || cut.height === 0) return false;
  if (canvas.width !== cut.width) canvas.width = cut.width;
  if (canvas.height !== cut.height) canvas.height = cut.height;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(cut.width, cut.height);
  paint(new Uint32Array(picture.data.buffer), cut.levels);
  context.putImageData(picture, 0, 0);
  return true;
}

function greyPainter(table) {
  return (pixels, levels) => {
    for (let i = 0; i < pixels.length; i++) pixels[i] = (table[levels[i]] * 0x010101) | 0xff000000;
  };
}

function abgrOf(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return (blue << 16) | (green << 8) | red;
}

// The more uncertain, the stronger: the level is the opacity. `gains`: that of each row, since
// in a coronal or sagittal cut every row is of another slice.
function heatPainter(width, gains, color) {
  const ink = abgrOf(color);
  return (pixels, levels) => {
    for (let i = 0, v = 0; i < pixels.length; v++) {
      const gain = gains[v];
      for (const end = i + width; i < end; i++) {
        pixels[i] = ink | (Math.min(levels[i] * gain, 255) << 24);
      }
    }
  };
}

// Tumour of both, of the network alone and of the expert alone, in a colour each.
function paintErrors(canvas, truth, network, { height, width }, colors, opacity) {
  // where both agree there is less to be seen than where they do not
  const kindsOf = [["only-truth", 1], ["only-network", 1], ["both", 0.4]];
  const inks = kindsOf.map(([name, share]) => abgrOf(colors[name]) | (Math.round(255 * opacity * share) << 24));
  inks.unshift(0);
  const kinds = new Uint8Array(height * width);
  [truth, network].forEach((cut, which) => {
    if (!cut) return;
    for (let v = 0, i = 0; v < cut.height; v++) {
      const start = (cut.top + v) * width + cut.left;
      for (let h = 0; h < cut.width; h++, i++) if (cut.levels[i]) kinds[start + h] |= which + 1;
    }
  });
  const cut = { levels: kinds, top: 0, left: 0, height, width };
  paintCut(canvas, cut, (pixels, levels) => {
    for (let i = 0; i < pixels.length; i++) pixels[i] = inks[levels[i]];
  });
  return cut;
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
function outlinePath(cut, lowest) {
  const path = new Path2D();
  if (!cut) return path;
  const { width, height, top, left, levels } = cut;
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
function strokeOutline(context, path, matrix, color, ratio, { tint = 0, alpha = 1 } = {}) {
  const placed = new Path2D();
  placed.addPath(path, matrix);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.lineJoin = "round";
  if (tint > 0) {
    context.globalAlpha = tint;
    context.fillStyle = color;
    context.fill(placed, "evenodd");
  }
  context.globalAlpha = 0.55 * alpha;
  context.strokeStyle = "#000";
  context.lineWidth = 3.2 * ratio;
  context.stroke(placed);
  context.globalAlpha = alpha;
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

function drawSides(context, [left, right, top, bottom], width, height, font) {
  drawText(context, left, 12, height / 2, "center", font);
  drawText(context, right, width - 12, height / 2, "center", font);
  drawText(context, top, width / 2, 13, "center", font);
  drawText(context, bottom, width / 2, height - 12, "center", font);
}

// Lines that mark something on the picture: light, with a dark rim.
function strokeMark(context, path, color, width = 1.6, dash = []) {
  context.save();
  context.lineCap = "round";
  context.setLineDash(dash);
  for (const [ink, thickness] of [["rgba(0, 0, 0, 0.85)", width + 2.2], [color, width]]) {
    context.strokeStyle = ink;
    context.lineWidth = thickness;
    context.stroke(path);
  }
  context.restore();
}

// `pixelsPerUnit`: screen pixels per millimetre where the spacing is known, else per pixel.
function drawScaleBar(context, height, width, pixelsPerUnit, inMillimetres, font) {
  const length = [100, 50, 20, 10, 5, 2, 1].find((l) => l * pixelsPerUnit <= 0.24 * width) ?? 1;
  const end = 14 + length * pixelsPerUnit;
  const y = height - 13;
  const bar = new Path2D();
  for (const [x, h] of [[14, 4], [end, 4]]) {
    bar.moveTo(x, y - h);
    bar.lineTo(x, y + h);
  }
  bar.moveTo(14, y);
  bar.lineTo(end, y);
  strokeMark(context, bar, "#e8ecf0");
  const label = inMillimetres
    ? length >= 10 ? `${length / 10} cm` : `${length} mm`
    : length === 1 ? "1 pixel" : `${length} pixels`;
  drawText(context, label, 13, y - 13, "left", font);
}
