// Beside the player: of which program its run is, where that is not the one in the editor.

import { element } from "./parts.js";

const NOTES = {
  original: "This is a run of the original program, not of the one that is in the editor now.",
  earlier: "This is a run of an earlier program, not of the one that is in the editor now.",
  before: "This is an earlier run: of the last one there is nothing to show.",
};

export class Whose {
  #note = element("p", { className: "lab-stale", hidden: true });
  #legend;
  #recorded;

  /** `player` is a `.lab-player`, whose recorded runs are those of the program `original`. */
  constructor(player, original) {
    this.original = original;
    this.#legend = player.querySelector(".lab-choice > legend");
    this.#recorded = this.#legend?.textContent;
    player.querySelector(".lab-title").before(this.#note);
  }

  /** The player shows a run of `shown`, and the editor has `now`. `isLast`: it is the run that was asked for last. */
  tell(shown, now, isLast) {
    const which = shown !== now ? (shown === this.original ? "original" : "earlier") : isLast ? null : "before";
    this.#note.hidden = !which;
    this.#note.textContent = NOTES[which] ?? "";
    if (this.#legend) this.#legend.textContent = this.#recorded + (now === this.original ? "" : " of the original program");
  }
}
