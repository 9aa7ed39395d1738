// Small parts that the live modules share: elements, buttons, figures.

/** A new element with properties (and `dataset`, `aria…` as attributes) and children. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** `number` of the things that `noun` names. */
export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** The engine's words, with the program's names and texts, which have backquotes there, in code type. */
export const withCode = (text) => text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

/** Which schedules an exploration now executes, of those with at most so many preemptions. */
export const nowExplored = ({ level, random }, most) =>
  random ? "now random schedules" : `now those with ${count(Math.min(level, most), "preemption")}`;

/** A button like the static ones. */
export const button = (text, onclick, properties = {}) =>
  element("button", { type: "button", className: "lab-button", onclick, ...properties }, text);

/** What the engine says of a program, for a reader who sees no file: which line of it. */
export const withLine = (text) => text.replace(/^\S+?:(\d+): /, "line $1: ");

/** How a run ended, as the engine says it, for a reader: the steps that it counts are not those of the player. */
export const inWords = (ending) =>
  ending
    .replace(/^step limit: more than (\d+) steps$/, (_, most) => `cut off after ${count(+most, "switch point")} and rounds of loops`)
    .replace(/^step limit: /, "cut off: ")
    .replace(/\bMainThread\b/g, "the main thread");

/** How a run that is in the player ended; of a deadlock, with the names that the player has. */
export function endingOf(ending, presented) {
  const told = ending.startsWith("deadlock") && presented?.sentences.at(-1).replace(/ This run is .*$/s, "");
  return told ? told[0].toLowerCase() + told.slice(1).replace(/\.$/, "") : inWords(ending);
}
