// The lesions as a list to be judged, under the brush and the eraser.

const MOST_LESIONS = 8; // that are listed one by one

// The lesions of the outline as it is, and those that were rejected.
function syncLesions(view) {
  const list = view.find(".lesions");
  if (!view.correction.isOn) return;
  const { lesions, edits, isComplete, version } = view.correction;
  const key = `${version} ${isComplete} ${view.study.header.study} ${view.overlay?.header.id}`;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  view.find(".undo").disabled = edits.steps.length === 0;
  view.find(".redo").disabled = edits.undone.length === 0;
  view.find(".restore").disabled = edits.isEmpty;
  const rejected = edits.verdicts.filter(({ verdict }) => verdict === "rejected");
  const listed = lesions.slice(0, MOST_LESIONS).map((lesion) => lesionItem(view, lesion));
  const gone = rejected.map((each) => rejectedItem(view, each));
  const more = lesions.length - listed.length;
  const note = !isComplete
    ? "Lesions are listed once all slices are computed."
    : more > 0 ? `and ${more} smaller` : lesions.length ? "" : "No lesion is outlined.";
  keepFocus(view, list, () => list.replaceChildren(...listed, ...gone, note));
}

// Changes a list; the button that was in use keeps the focus, or the one that came into its place.
function keepFocus(view, list, change) {
  const buttons = () => [...list.querySelectorAll("button")];
  const { activeElement } = list.getRootNode();
  const at = buttons().indexOf(activeElement);
  change();
  if (at < 0) return;
  const now = buttons();
  const same = now.find((button) => button.title === activeElement.title);
  (same ?? now[Math.min(at, now.length - 1)] ?? view.find(".stage")).focus({ preventScroll: true });
}

function lesionItem(view, lesion) {
  const { header } = view.study;
  const isAccepted = view.correction.edits.verdicts.some((each) => each.verdict === "accepted" && lesion.holds(each));
  const numbers = [lesion.first, lesion.last].map((slice) => header.slice_numbers[slice]);
  const where = numbers[0] === numbers[1] ? `slice ${numbers[0]}` : `slices ${numbers.join("–")}`;
  const name = `${lesion.number} · ${formatVolume(lesion.voxels, header)}`;
  const item = madeItem("lesion", name, `Lesion ${lesion.number}, ${where}: go there`, () => view.goToVoxel(lesion.key));
  item.append(
    verdictButton("✓", `Accept lesion ${lesion.number}`, isAccepted, () => view.correction.judge(lesion, "accepted")),
    verdictButton("✕", `Reject lesion ${lesion.number}`, false, () => view.correction.judge(lesion, "rejected")),
  );
  return item;
}

function rejectedItem(view, verdict) {
  const name = formatVolume(verdict.voxels, view.study.header);
  return madeItem("lesion rejected", name, "Rejected lesion: go there", () => view.goToVoxel(verdict));
}

function madeItem(kind, text, label, go) {
  const item = document.createElement("span");
  item.className = kind;
  item.setAttribute("role", "listitem");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.title = label;
  button.addEventListener("click", go);
  item.append(button);
  return item;
}

function verdictButton(sign, label, isPressed, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = sign;
  button.title = label;
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-pressed", String(isPressed));
  button.addEventListener("click", act);
  return button;
}
