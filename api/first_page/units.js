// Numbers for people.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes, in powers of 1000: 999 B, 1.2 kB, 12 MB. */
export function size(bytes) {
  let unit = 0;
  while (bytes >= 1000 && unit + 1 < UNITS.length) {
    bytes /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && bytes < 100 ? 1 : 0;
  return `${bytes.toFixed(digits)} ${UNITS[unit]}`;
}

/** A span of time: 5 s, 3 min, 2 h. */
export function span(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/** How much smaller or larger it became; nothing where one of them is not known. */
export function change(before, after) {
  if (!before) return "";
  const percent = Math.round((1 - after / before) * 100);
  if (percent === 0) return "the same size";
  return percent > 0 ? `${percent} % smaller` : `${-percent} % larger`;
}

/** When something was, as short as it can be told. */
export function when(text) {
  const time = new Date(text);
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday
    ? time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : time.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" });
}

/** One name, or the first and how many others. */
export const names = (all) =>
  all.length > 1 ? `${all[0]} and ${all.length - 1} more` : (all[0] ?? "");
