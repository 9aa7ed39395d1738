// <thread-lab>: a program with its recorded runs. Small: what runs programs is loaded at the first click on it.

import { CodeView } from "./code.js";
import { Player } from "./player.js";

class ThreadLab extends HTMLElement {
  #live = null;

  connectedCallback() {
    if (this.code) return;
    const { program, filename, runs } = JSON.parse(this.querySelector(".lab-data").content.textContent);
    const { name, hash } = this.dataset;
    this.runs = runs;
    this.published = { name, hash, filename, program };
    this.code = new CodeView(this.querySelector(".snippet"));
    const element = this.querySelector(".lab-player");
    if (element) this.player = new Player(element, this.code);
    if (runs.length) this.player?.show(runs[0]);
    this.addEventListener("change", ({ target }) => {
      if (target.closest(".lab-choice")) this.player.show(runs[target.value]);
    });
    this.addEventListener("click", ({ target }) => {
      const action = target.closest(".lab-live [data-action]")?.dataset.action;
      if (action) this.live().then((live) => live.act(action));
    });
  }

  disconnectedCallback() {
    this.player?.pause();
    this.#live?.then((live) => live.close());
  }

  /** What runs the program, loaded now. */
  live() {
    this.#live ??= import("./live.js").then(({ Live }) => new Live(this));
    return this.#live;
  }
}

customElements.define("thread-lab", ThreadLab);

/** Shows what the page's address names, if that is a program. */
async function openAddress() {
  if (!location.hash.startsWith("#lab=")) return;
  const { openAddress: open } = await import("./live.js");
  await open(location.hash, [...document.querySelectorAll("thread-lab")]);
}

addEventListener("hashchange", openAddress);
openAddress();
