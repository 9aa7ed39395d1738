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

/** A button like the static ones. */
export const button = (text, onclick, properties = {}) =>
  element("button", { type: "button", className: "lab-button", onclick, ...properties }, text);

