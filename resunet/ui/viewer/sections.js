// Cuts through the stack. A section's pixel (v, h) covers [h, h + 1] × [v, v + 1], v downwards:
// axial as the slices lie, coronal and sagittal with the head's top above, and the patient's
// right (coronal) or front (sagittal) on the viewer's left.

const PLANE_NAMES = { axial: "Axial", coronal: "Coronal", sagittal: "Sagittal" };

// What of a voxel's place counts through a plane's sections.
const ACROSS = { axial: "slice", coronal: "row", sagittal: "column" };

function sectionOf(header, plane, cursor) {
  const [slices, rows, columns] = header.shape;
  const [top, bottom, left, right] = boxOf(header);
  const [rowStep, columnStep] = spacingOf(header);
  const index = cursor[ACROSS[plane]];
  const common = { plane, index, slices, key: `${plane} ${index}` };
  if (plane === "axial") {
    const steps = [rowStep, columnStep];
    return { ...common, height: rows, width: columns, box: [top, bottom, left, right], steps, sides: ["R", "L", "A", "P"] };
  }
  const upright = { ...common, height: slices };
  if (plane === "coronal") {
    const steps = [header.slice_step_mm, columnStep];
    return { ...upright, width: columns, box: [0, slices, left, right], steps, sides: ["R", "L", "S", "I"] };
  }
  const steps = [header.slice_step_mm, rowStep];
  return { ...upright, width: rows, box: [0, slices, top, bottom], steps, sides: ["A", "P", "S", "I"] };
}

function voxelAt({ plane, index, slices }, [v, h]) {
  if (plane === "axial") return { slice: index, row: v, column: h };
  if (plane === "coronal") return { slice: slices - 1 - v, row: index, column: h };
  return { slice: slices - 1 - v, row: h, column: index };
}

// Where a voxel's place lies on a section: (v, h).
function spotOf({ plane, slices }, { slice, row, column }) {
  if (plane === "axial") return [row, column];
  return [slices - 1 - slice, plane === "coronal" ? column : row];
}

// A layer's levels on a section, with their place on it; null where the layer holds none.
function cutOf(layer, section) {
  const { plane, index, height } = section;
  if (plane === "axial") {
    const levels = layer.pixels(index);
    return levels && { levels, top: layer.top, left: layer.left, height: layer.height, width: layer.width };
  }
  const isCoronal = plane === "coronal";
  const inner = index - (isCoronal ? layer.top : layer.left);
  if (inner < 0 || inner >= (isCoronal ? layer.height : layer.width)) return null;
  const width = isCoronal ? layer.width : layer.height;
  let levels = null;
  for (let v = 0; v < height; v++) {
    const pixels = layer.pixels(height - 1 - v);
    if (!pixels) continue;
    levels ??= new pixels.constructor(height * width);
    if (isCoronal) levels.set(pixels.subarray(inner * width, (inner + 1) * width), v * width);
    else for (let row = 0; row < width; row++) levels[v * width + row] = pixels[row * layer.width + inner];
  }
  return levels && { levels, top: 0, left: isCoronal ? layer.left : layer.top, height, width };
}

// The middle of an axial cut's longest row of what it holds, as a row and a column: it lies inside
// the largest part as a rule. Null where it holds nothing.
function middleOfCut({ levels, top, left, width }) {
  let longest = 0;
  let end = 0;
  for (let i = 0, length = 0; i < levels.length; i++) {
    if (i % width === 0) length = 0;
    length = levels[i] ? length + 1 : 0;
    if (length > longest) [longest, end] = [length, i];
  }
  const middle = end - Math.floor((longest - 1) / 2);
  return longest ? { row: top + Math.floor(middle / width), column: left + (middle % width) } : null;
}
