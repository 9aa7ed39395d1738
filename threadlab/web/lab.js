// <thread-lab>: a program with its recorded runs. Small: what runs programs is loaded at the first click on it.

import { CodeView } from "./code.js";
import { Controls } from "./controls.js";
import { Player } from "./player.js";

const PRINTING = ["beforeprint", "afterprint"];

class ThreadLab extends HTMLElement {
  #other; // on paper, the run that is not in the player

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
    for (const type of PRINTING) addEventListener(type, this);
  }

  disconnectedCallback() {
    this.player?.pause();
    this.controls.disconnect();
    for (const type of PRINTING) removeEventListener(type, this);
  }

  /** Paper has the last recorded run, too, or the first if the player shows the last: as without JavaScript. */
  handleEvent({ type }) {
    this.#other?.remove();
    const { runs, player } = this;
    const shown = player?.recording;
    const isOther = ({ recording: { program, schedule } }) =>
      program.source === shown?.program.source && schedule !== shown.schedule;
    const other = type === "beforeprint" && [...runs.slice(-1), ...runs].find(isOther);
    if (!other) return;
    const words = this.querySelector(".lab-words");
    this.#other = document.createElement("div");
    this.#other.append(this.querySelector(".lab-player").cloneNode(true), words.cloneNode(true));
    // Two marks in one group of radio buttons: the one that is there would go.
    for (const each of this.#other.querySelectorAll(".lab-choice, .lab-elsewhere")) each.remove();
    new Player(this.#other.firstChild).show(other);
    words.after(this.#other);
  }
}

customElements.define("thread-lab", ThreadLab);
