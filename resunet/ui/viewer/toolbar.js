// The buttons, chips and lists round the picture: what stands on them follows the view's state.

const svg = (content) => `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">${content}</svg>`;
const ICONS = {
  paper: svg('<path d="M2 5h4.6v10H2zM7.7 5h4.6v10H7.7zM13.4 5H18v10h-4.6z"/>'),
  single: svg('<path d="M3 4h14v12H3z"/>'),
  contrasts: svg('<path d="M3 3.5h6.4v6H3zM10.6 3.5H17v6h-6.4zM3 10.6h6.4v6H3zM10.6 10.6H17v6h-6.4z"/>'),
  planes: svg('<path d="M10 2v16M2 10h16"/><circle cx="10" cy="10" r="6.4"/>'),
  grey: svg('<circle cx="10" cy="10" r="6.8"/><path class="full" d="M10 3.2a6.8 6.8 0 0 1 0 13.6z"/>'),
  move: svg('<path d="M10 2v16M2 10h16M7.6 4.4 10 2l2.4 2.4M7.6 15.6 10 18l2.4-2.4M4.4 7.6 2 10l2.4 2.4M15.6 7.6 18 10l-2.4 2.4"/>'),
  ruler: svg('<path d="M2.5 14 14 2.5 17.5 6 6 17.5zM5.5 11l1.6 1.6M8.2 8.3l2.4 2.4M11 5.5l1.6 1.6"/>'),
  palette: svg('<path d="M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5z"/><circle cx="10" cy="10" r="2.4"/>'),
  play: svg('<path class="full" d="M5.5 3.5v13l11-6.5z"/>'),
  pause: svg('<path class="full" d="M5 4h3.4v12H5zM11.6 4H15v12h-3.4z"/>'),
};

// A group of buttons of which one is chosen. `items`: [value, name, markup, why it is disabled].
function showSegments(group, items, chosen, choose) {
  const standing = [...group.children].map((button) => button.dataset.value);
  if (standing.join() !== items.map(([value]) => value).join()) {
    group.replaceChildren(...items.map(([value, name, markup]) => segment(value, name, markup, choose)));
    group.onkeydown = (event) => moveInGroup(group, event);
  }
  const isAmong = items.some(([value]) => value === chosen);
  items.forEach(([value, name, markup, problem], i) => {
    const button = group.children[i];
    button.disabled = Boolean(problem);
    button.title = problem || (markup ? name : "");
    button.setAttribute("aria-checked", String(value === chosen));
    button.tabIndex = value === chosen || (!isAmong && i === 0) ? 0 : -1; // one stop for Tab
  });
}

// The keys of a group of radio buttons (WAI-ARIA): arrows choose the next one that can be chosen.
function moveInGroup(group, event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const buttons = [...group.children].filter((button) => !button.disabled);
  const at = buttons.indexOf(event.target);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = buttons[(at + step + buttons.length) % buttons.length];
  next.click();
  next.focus();
}

function segment(value, name, markup, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.value = value;
  button.setAttribute("role", "radio");
  if (markup) {
    button.innerHTML = markup;
    button.setAttribute("aria-label", name);
  } else button.textContent = name;
  button.addEventListener("click", () => choose(value));
  return button;
}

function syncTools(view) {
  const { find, prefs, contrasts, study, hand } = view;
  const { offered } = contrasts;
  const items = offered.length > 1
    ? offered.map((name) => [name, CONTRAST_NAMES[name], "", contrasts.isHere(name) ? "" : "loading"])
    : [];
  showSegments(find(".contrasts"), items, contrasts.shown, (contrast) => view.set({ contrast }));
  const problems = {
    contrasts: "There is one contrast",
    planes: "These slices have gaps, or their positions are unknown",
  };
  const layouts = Object.entries(LAYOUTS).map(([name, words]) => {
    return [name, words, ICONS[name], view.layouts.includes(name) ? "" : problems[name]];
  });
  showSegments(find(".layouts"), layouts, view.layout, (layout) => view.prefer({ layout }));
  const hands = Object.entries(HANDS).map(([name, words]) => [name, words, ICONS[name]]);
  showSegments(find(".hands"), hands, hand, (name) => view.take(name));
  const brushes = Object.entries(BRUSHES).map(([name, words]) => [name, words.split(" ")[0], ""]);
  showSegments(find(".brushes"), brushes, hand, (name) => view.take(name));
  find(".correct").setAttribute("aria-pressed", String(view.correction.isOn));
  find(".correct").disabled = !view.overlay;
  find(".correction").hidden = !view.correction.isOn;
  find(".mode").value = prefs.mode;
  find(".scale").value = prefs.scale;
  if (!find(".palette").firstChild) find(".palette").innerHTML = ICONS.palette;
  find(".palette").setAttribute("aria-pressed", String(prefs.palette === "safe"));
  find(".keys").hidden = !prefs.shown.errors;
  find(".measure").value = prefs.measure;
  find(".brush-size").value = view.correction.size;
  find(".brush-size-value").textContent = view.correction.size;
  for (const chip of find(".legend").querySelectorAll(".chip")) {
    const { overlay } = chip.dataset;
    chip.hidden = !study.layers.has("truth") && (overlay === "truth" || overlay === "errors");
    chip.querySelector("[type=checkbox]").checked = prefs.shown[overlay];
    const opacity = chip.querySelector(".opacity");
    if (opacity) opacity.value = Math.round(prefs.opacity[overlay] * 100);
  }
}

// What is written round the picture.
function syncText(view, scene) {
  const { find, study: { header }, contrasts, slice, stage, threshold } = view;
  const slices = header.shape[0];
  const position = header.slice_positions_mm?.[slice];
  const where = [`slice ${slice + 1}/${slices}`, `no. ${header.slice_numbers[slice]}`];
  if (position !== undefined) where.push(`${formatNumber(position, 0.1).replace(/\.0$/, "")} mm`);
  find(".where").textContent = where.join(" · ");
  const slider = find(".slice");
  slider.max = slices - 1;
  slider.value = slice;
  slider.setAttribute("aria-valuetext", where.join(", "));
  const play = find(".play");
  const isPlaying = String(Boolean(view.playing));
  if (play.getAttribute("aria-pressed") !== isPlaying || !play.firstChild) {
    play.innerHTML = view.playing ? ICONS.pause : ICONS.play;
    play.setAttribute("aria-pressed", isPlaying);
  }
  find(".threshold").value = threshold;
  find(".threshold-value").textContent = threshold.toFixed(2);
  syncWindow(view);
  const spoken = [...stage.write(scene), syncCaution(view).replace(/\.$/, "")].filter(Boolean);
  stage.writeColorbar(scene);
  find(".lengths").textContent = view.rulers.describe();
  const label = `${CONTRAST_NAMES[contrasts.shown]}, ${where.join(", ")}. ${spoken.join(". ")}.`;
  find(".stage").setAttribute("aria-label", label);
  syncLesions(view);
  syncSpots(view);
}

function syncWindow(view) {
  const { find, contrasts } = view;
  const [low, high] = contrasts.windowOf(contrasts.shown);
  const step = 10 ** Math.floor(Math.log10(contrasts.unitOf(contrasts.shown)));
  const digits = (value) => formatNumber(value, Math.min(step, 1));
  find(".preset").value = contrasts.presetOf(contrasts.shown);
  for (const [selector, value] of [[".window-width", high - low], [".window-level", (low + high) / 2]]) {
    const input = find(selector);
    input.step = step;
    if (document.activeElement !== input && input.getRootNode().activeElement !== input) input.value = digits(value);
  }
}

// Why the model is not reliable on this slice; gives what it says.
function syncCaution(view) {
  const line = view.find(".caution");
  const text = view.overlay?.header.cautions?.[view.slice] ?? "";
  if (line.textContent !== text) line.textContent = text;
  return text;
}

// Places where the network is unsure and has found nothing.
function syncSpots(view) {
  const list = view.find(".spots");
  const spots = view.overlay?.header.spots ?? [];
  list.hidden = spots.length === 0;
  const key = view.overlay?.header.id ?? "";
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(
    ...spots.map((spot) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Show";
      button.addEventListener("click", () => view.goToVoxel(spot));
      item.append(spot.text, button);
      return item;
    }),
  );
}

function syncSettling(view) {
  const figure = view.find(".settling");
  const header = view.overlay?.header;
  figure.hidden = !header || header.samples < 3;
  if (figure.hidden) return;
  const values = header.mean_by_passes;
  const last = values.at(-1);
  const words = `mean std in the brain: ${last.toFixed(4)} with ${header.samples} passes`;
  figure.title = `How the ${words} settles as the passes grow from 2 to ${header.samples}`;
  figure.querySelector("canvas").setAttribute("aria-label", figure.title);
  figure.querySelector("figcaption").textContent = `T = 2 … ${header.samples}`;
}
