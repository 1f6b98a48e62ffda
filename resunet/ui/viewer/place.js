// Where the picture lies on a panel: pure geometry, no state of the view.

// The part of the frame that holds anything: [top, bottom, left, right].
function boxOf({ box, shape }) {
  return box[1] > box[0] ? box : [0, shape[1], 0, shape[2]];
}

// (row, column) length of a pixel: mm, or 1 where unknown.
function spacingOf(header) {
  return header.spacing_mm ?? [1, 1];
}

// The box's height and width in the spacing's unit.
function extentOf(header) {
  const [top, bottom, left, right] = boxOf(header);
  const [rowStep, columnStep] = spacingOf(header);
  return [(bottom - top) * rowStep, (right - left) * columnStep];
}

// Frame coordinates (column, row) → a panel of `width` × `height`: x = kx · column + dx.
function placementOf(header, width, height, { zoom, pan }) {
  const [top, bottom, left, right] = boxOf(header);
  const [rowStep, columnStep] = spacingOf(header);
  const [tall, wide] = extentOf(header);
  // Room for the side letters.
  const fit = Math.min((width - 44) / wide, (height - 44) / tall);
  const scale = fit * zoom;
  const kx = scale * columnStep;
  const ky = scale * rowStep;
  const dx = width / 2 + pan[0] - (kx * (left + right)) / 2;
  const dy = height / 2 + pan[1] - (ky * (top + bottom)) / 2;
  return { scale, kx, ky, dx, dy };
}

// The study's pixel under a panel's point, or null beside the frame.
function pixelAt({ shape: [, rows, columns] }, { kx, ky, dx, dy }, { x, y }) {
  const column = Math.floor((x - dx) / kx);
  const row = Math.floor((y - dy) / ky);
  const isInside = row >= 0 && column >= 0 && row < rows && column < columns;
  return isInside ? { row, column } : null;
}
