// <thread-lab>: a program with its recorded runs. Small: what runs programs is loaded at the first click on it.

import { CodeView } from "./code.js";
import { Controls } from "./controls.js";
import { Player } from "./player.js";

class ThreadLab extends HTMLElement {
  connectedCallback() {
    if (this.code) return;
    this.querySelector("noscript")?.remove(); // instant navigation makes elements of what is in it
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
    this.controls = new Controls(this);
  }

  disconnectedCallback() {
    this.player?.pause();
    this.controls.disconnect();
  }
}

customElements.define("thread-lab", ThreadLab);
