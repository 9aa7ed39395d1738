// The static block of a program, in which the lines of threads are marked.

/** What tells a thread's colour and number: a class, and text for a badge. */
export const badge = (thread) => {
  const made = document.createElement("span");
  made.className = `lab-badge t${(thread % 8) + 1}`;
  made.textContent = thread;
  return made;
};

/** Attributes of a marked line, for an editor that marks its own: `mark` is one of what CodeView.mark takes. */
export const decorate = ({ threads, runs, wrong }) => ({
  class: `lab-line ${wrong ? "lab-wrong" : `t${((runs ?? threads[0] ?? 0) % 8) + 1}`} ${runs === undefined ? "" : "lab-runs-here"}`,
});

const MOST_BADGES = 2; // more would cover the line's number

/** What stands in the margin beside a marked line; who has just acted comes first. */
export function badges({ threads: all, runs, wrong }) {
  if (wrong) {
    const made = document.createElement("span");
    made.className = "lab-badge lab-wrong";
    made.textContent = "!";
    return [made];
  }
  const threads = all.toSorted((one, other) => (other === runs) - (one === runs));
  const shown = threads.length > MOST_BADGES ? threads.slice(0, MOST_BADGES - 1) : threads;
  return [...shown.map(badge), ...(shown.length < threads.length ? [`+${threads.length - shown.length}`] : [])];
}

export class CodeView {
  #code;
  #layer = document.createElement("div");
  #marks = [];

  /** `element` holds the block as the build writes it. */
  constructor(element) {
    this.#code = element.querySelector("pre > code");
    this.#layer.className = "lab-marks";
    this.#layer.ariaHidden = "true"; // the player says the same in its table
    if (!this.#code) return;
    element.append(this.#layer);
    new ResizeObserver(() => this.#draw()).observe(this.#code);
  }

  get text() {
    return this.#code?.textContent;
  }

  /** Marks the line of each thread: [{line, threads: [number, …], runs: the number of the one that has just acted}]. */
  mark(marks) {
    this.#marks = marks;
    this.#draw();
  }

  #draw() {
    if (!this.#code) return;
    const { lineHeight, paddingTop } = getComputedStyle(this.#code);
    const top = this.#code.getBoundingClientRect().top - this.#layer.parentElement.getBoundingClientRect().top;
    const lines = this.#marks.map((mark) => {
      const made = document.createElement("div");
      made.className = decorate(mark).class;
      made.style.top = `${top + parseFloat(paddingTop) + (mark.line - 1) * parseFloat(lineHeight)}px`;
      made.style.height = lineHeight;
      made.append(...badges(mark));
      return made;
    });
    this.#layer.replaceChildren(...lines);
  }
}
