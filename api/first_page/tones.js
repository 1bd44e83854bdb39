// Where the colours of a dithering come from: one choice, and the one control that it needs.

import { make } from "./dom.js";

const WAYS = {
  levels: "even steps",
  palette: "a palette",
  colors: "a list",
  extract: "the picture itself",
  device: "a panel",
};

/** So many colours are shown. */
const SHOWN = 64;

/** What people call the values of a parameter, where the service tells. */
export const titlesOf = (name, limits) => ({ palette: limits.palettes, device: limits.devices })[name] ?? [];

/** Adds the choice to controls that are in their place already, and what is known of the chosen palette
 * or panel. Answers what is to be called when something else was chosen. */
export function chooseTones(all, limits) {
  const ways = all.filter((it) => it.key in WAYS);
  const select = make("select", { id: "dither-from" }, ...ways.map((it) => make("option", { value: it.key }, WAYS[it.key])));
  const label = make("label", {}, "colours from");
  label.htmlFor = select.id;
  ways[0].field.before(make("div", { className: "field select-one" }, label, select));
  const abouts = ways.map((it) => about(it, titlesOf(it.key, limits)));
  const show = () => {
    for (const it of ways) offer(it, it.key === select.value);
    // A panel has its own.
    offer(all.find((it) => it.key === "format"), select.value !== "device");
    abouts.forEach((tell) => tell());
  };
  show();
  return show;
}

/** What is not offered is not said either. */
function offer({ field, input }, isOffered) {
  field.hidden = input.disabled = !isOffered;
}

function about({ field, input }, titles) {
  const colors = make("span", { className: "swatches", "aria-hidden": "true" });
  const size = make("span", { className: "hint" });
  if (titles.length > 0) field.append(colors, size);
  return () => {
    const chosen = titles.find((it) => it.name === input.value);
    if (!chosen) return;
    colors.replaceChildren(...chosen.colors.slice(0, SHOWN).map(swatch));
    size.textContent = chosen.width
      ? `${chosen.width} × ${chosen.height}, ${chosen.format}`
      : `${chosen.colors.length} colours`;
  };
}

function swatch(color) {
  const element = make("i");
  element.style.background = color;
  return element;
}
