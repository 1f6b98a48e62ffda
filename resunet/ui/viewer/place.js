// Where the picture lies on a panel: pure geometry, no state of the view.

// The part of the frame that holds anything: [top, bottom, left, right].
function boxOf({ box, shape }) {
  return box[1] > box[0] ? box : [0, shape[1], 0, shape[2]];
}

// (row, column) length of a pixel: mm, or 1 where unknown.
function spacingOf(header) {
  return header.spacing_mm ?? [1, 1];
}

// The middle of what holds anything, as a place in the stack.
function middleOf(header) {
  const [top, bottom, left, right] = boxOf(header);
  return { slice: header.shape[0] / 2, row: (top + bottom) / 2, column: (left + right) / 2 };
}

// The height and width of a section's box, in the spacing's unit.
function extentOf({ box: [top, bottom, left, right], steps: [down, across] }) {
  return [(bottom - top) * down, (right - left) * across];
}

// Screen pixels per unit at which a section's box fills a panel, with room for the side letters.
function fitOf(section, width, height) {
  const [tall, wide] = extentOf(section);
  return Math.min((width - 44) / wide, (height - 44) / tall);
}

// Section coordinates (h, v) → a panel of `width` × `height`: x = kx · h + dx. `center`, a place in
// the stack, comes to lie in the panel's middle.
function placementOf(section, width, height, scale, center) {
  const [down, across] = section.steps;
  // spotOf counts voxels, whose middle lies half a voxel on
  const [v, h] = spotOf(section, center);
  const top = section.plane === "axial" ? v : v + 1;
  const kx = scale * across;
  const ky = scale * down;
  return { scale, kx, ky, dx: width / 2 - kx * h, dy: height / 2 - ky * top };
}

// The section's pixel under a panel's point: [v, h], or null beside the frame.
function pixelAt({ height, width }, { kx, ky, dx, dy }, { x, y }) {
  const h = Math.floor((x - dx) / kx);
  const v = Math.floor((y - dy) / ky);
  return v >= 0 && h >= 0 && v < height && h < width ? [v, h] : null;
}
