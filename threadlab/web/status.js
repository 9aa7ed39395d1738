// What a reader sees of a run that is under way: its progress, and what it prints.

import { element } from "./parts.js";

/** Characters of output that are shown. */
const MOST = 100_000;

/** A bar with figures. Not part of what screen readers announce: that would never end. */
export class Progress {
  #bar = element("progress", { hidden: true });
  #figures = element("span", { className: "lab-figures" });

  constructor(parent) {
    parent.append(this.#bar, this.#figures);
  }

  /** `figures` in words; `total` undefined: nobody knows how long it will take. */
  show(label, figures, done, total) {
    this.#bar.hidden = false;
    this.#bar.setAttribute("aria-label", label);
    this.#figures.textContent = figures;
    if (total === undefined) this.#bar.removeAttribute("value");
    else Object.assign(this.#bar, { max: total, value: done });
  }

  /** So many bytes of Python have come. */
  bytes(done, total) {
    if (done < total) this.show("Loading Python", `Loading Python: ${mb(done)} of ${mb(total)} MB`, done, total);
    else this.show("Starting Python", "Starting Python");
  }

  hide() {
    this.#bar.hidden = true;
    this.#figures.textContent = "";
  }
}

const mb = (bytes) => (bytes / 1e6).toFixed(1);

/** What the program prints, as it prints it. */
export class Printed {
  #shown = element("pre", { className: "lab-printed", role: "log", "aria-label": "Output", tabIndex: 0, hidden: true });
  #left = MOST;

  constructor(parent) {
    parent.append(this.#shown);
  }

  clear() {
    this.#shown.replaceChildren();
    this.#shown.hidden = true;
    this.#left = MOST;
  }

  /** `stream`: "stdout" or "stderr". */
  add(stream, text) {
    if (this.#left <= 0) return;
    const part = text.length > this.#left ? `${text.slice(0, this.#left)}\n… (more than can be shown)` : text;
    this.#left -= text.length;
    this.#shown.hidden = false;
    this.#shown.append(element("span", { className: `lab-${stream}` }, part));
  }
}
