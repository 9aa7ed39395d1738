// The Thread Lab on a page. Pages with a lab load it; a lab that instant navigation brings is upgraded by itself.

/** One lab: a program, its recorded runs, and the player that shows them. */
class ThreadLab extends HTMLElement {
  /** What the build wrote: {program, filename, runs}. */
  get data() {
    return JSON.parse(this.querySelector("template.lab-data").content.textContent);
  }
}

customElements.define("thread-lab", ThreadLab);
