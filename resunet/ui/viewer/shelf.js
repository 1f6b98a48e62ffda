// Takes Python's bytes in (see payload.py) and keeps them, by their id, where the view finds
// them. Bytes and view arrive through two Streamlit components, hence the place both can reach.

const FORMAT = "resunet-layers/1";
const SHELF = (globalThis[Symbol.for(FORMAT)] ??= {
  packs: new Map(), // id → decoded payload
  owners: new Map(), // carrier's element → id
  arriving: new Map(), // carrier's element → id of what is being inflated for it
  watchers: new Set(), // called with no argument when the shelf changes
  settings: new Map(), // study's key → windows, zoom, … as the user left them
  edits: new Map(), // study's key → the reader's corrections
  problems: new Map(), // carrier's element → sentence
});

class PayloadError extends Error {}

function readHeader(bytes) {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength < 4) {
    throw new PayloadError("The picture did not arrive.");
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  let header = null;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  } catch {
    throw new PayloadError("The picture arrived damaged.");
  }
  if (header?.format !== FORMAT) {
    throw new PayloadError("The picture is of another version of this app; please reload the page.");
  }
  return { header, start: 4 + length };
}

function unpackBits(packed, count) {
  const bits = new Uint8Array(count);
  for (let i = 0; i < count; i++) bits[i] = (packed[i >> 3] >> (7 - (i & 7))) & 1;
  return bits;
}

// One layer: its box of every slice there is; `position[k]` is slice k's place, or −1.
function decodeLayer(spec, body, slices, position) {
  const [top, bottom, left, right] = spec.box;
  const height = bottom - top;
  const width = right - left;
  const count = slices * height * width;
  let values;
  if (spec.type === "uint16") values = new Uint16Array(body, spec.offset, count);
  else if (spec.type === "uint8") values = new Uint8Array(body, spec.offset, count);
  else values = unpackBits(new Uint8Array(body, spec.offset, Math.ceil(count / 8)), count);
  const size = height * width;
  return {
    ...spec,
    top,
    left,
    height,
    width,
    isHere: (slice) => position[slice] >= 0,
    pixels(slice) {
      const place = position[slice];
      return place < 0 ? null : values.subarray(place * size, (place + 1) * size);
    },
    // null outside the box, where the picture holds 0
    at(slice, row, column) {
      const place = position[slice];
      const r = row - top;
      const c = column - left;
      if (place < 0 || r < 0 || c < 0 || r >= height || c >= width) return null;
      return values[place * size + r * width + c];
    },
  };
}

// `body`: the layers' bytes, an ArrayBuffer of our own.
function decode(header, body) {
  const all = Array.from({ length: header.shape[0] }, (_, k) => k);
  const { done = all } = header; // a prediction holds computed slices only
  const position = new Int32Array(header.shape[0]).fill(-1);
  done.forEach((k, place) => (position[k] = place));
  const layers = new Map();
  try {
    for (const spec of header.layers) {
      layers.set(spec.name, decodeLayer(spec, body, done.length, position));
    }
  } catch {
    throw new PayloadError("The picture arrived cut short.");
  }
  return { header, layers, position };
}

async function inflated(bytes) {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return await new Response(stream).arrayBuffer();
  } catch {
    throw new PayloadError("The picture arrived cut short.");
  }
}

// `data`: a payload's bytes, or { keep: id } for one that is here already, or null. What the owner
// brought before stays until the new is ready.
function putOnShelf(owner, data) {
  SHELF.arriving.delete(owner);
  try {
    if (!data || data.keep) return settle(owner, data?.keep ?? null);
    const { header, start } = readHeader(data);
    if (SHELF.packs.has(header.id)) return settle(owner, header.id);
    // Streamlit's bytes are a window into its message, at any address and gone when it likes:
    // a copy of our own is aligned and stays.
    const body = data.slice(start);
    if (!header.deflated) return settle(owner, header.id, decode(header, body.buffer));
    SHELF.arriving.set(owner, header.id);
    return inflated(body)
      .then((whole) => decode(header, whole))
      .then((pack) => SHELF.arriving.get(owner) === header.id && settle(owner, header.id, pack))
      .catch((error) => SHELF.arriving.get(owner) === header.id && giveUp(owner, error));
  } catch (error) {
    return giveUp(owner, error);
  }
}

function settle(owner, id, pack) {
  const before = SHELF.owners.get(owner);
  SHELF.arriving.delete(owner);
  SHELF.problems.delete(owner);
  if (pack) SHELF.packs.set(id, pack);
  SHELF.owners.set(owner, id);
  if (id !== before || id === null || pack) changeShelf(before);
}

function giveUp(owner, error) {
  const before = SHELF.owners.get(owner);
  SHELF.arriving.delete(owner);
  SHELF.owners.set(owner, null);
  SHELF.problems.set(owner, error instanceof PayloadError ? error.message : "The picture cannot be read.");
  changeShelf(before);
}

function takeOffShelf(owner) {
  const before = SHELF.owners.get(owner);
  SHELF.arriving.delete(owner);
  SHELF.owners.delete(owner);
  SHELF.problems.delete(owner);
  changeShelf(before);
}

function changeShelf(before) {
  if (before && ![...SHELF.owners.values()].includes(before)) SHELF.packs.delete(before);
  for (const watcher of SHELF.watchers) watcher();
}
