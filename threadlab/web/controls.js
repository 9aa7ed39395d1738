// The controls of a lab's live part until one is used: little, because every page with a lab loads it.

import { lack } from "./lack.js";

const JSPI = ["Suspending", "promising"].every((name) => name in WebAssembly);
const MISSING =
  "To run programs here, this browser lacks WebAssembly JSPI. Chrome or Edge 137 or newer has it; " +
  "the recorded runs play in any browser.";

/** Edited programs of labs that have left the page, by the name of the published one: a reader who comes back finds them. */
export const kept = new Map();

export class Controls {
  #lab;
  #live = null;
  #connected = new AbortController();

  /** `lab`: a <thread-lab> that is in the page, until `disconnect`. */
  constructor(lab) {
    this.#lab = lab;
    const { signal } = this.#connected;
    if (kept.has(lab.published.name)) this.live();
    openAddress();
    lab.addEventListener("click", ({ target }) => this.#click(target.closest("[data-action]")), { signal });
    // The workbench's text area: the editor comes when the reader turns to it.
    const area = lab.querySelector(".snippet textarea");
    const runs = lab.querySelector(".lab-runs");
    if (!runs) return;
    if (!JSPI) lack(runs, MISSING);
    else area?.addEventListener("focus", () => this.act("edit"), { signal, once: true });
  }

  /** What is behind the controls, loaded now. */
  live() {
    this.#live ??= import("./live.js").then(({ Live }) => new Live(this.#lab));
    return this.#live;
  }

  async act(action) {
    (await this.live()).act(action);
  }

  /** The lab has left the page: its run ends. */
  disconnect() {
    this.#connected.abort();
    this.#live?.then((live) => live.close());
  }

  #click(button) {
    if (button && button.getAttribute("aria-disabled") !== "true") this.act(button.dataset.action);
  }

}

let opening = false;

/** Once for all labs that are new: an address is meant for one of them. */
async function openAddress() {
  if (opening || !location.hash.startsWith("#lab=")) return;
  opening = true;
  await null;
  opening = false;
  const { openAddress: open } = await import("./open.js");
  open(location.hash, [...document.querySelectorAll("thread-lab")]);
}

addEventListener("hashchange", openAddress);
