// Shows a run step by step: its picture, its words, and what is so at each step.

import { badge } from "./code.js";
import { doing, stateAt } from "./recording.js";

const BEFORE = "Before the first step.";
const CUT_OFF = "cut off: the program is over"; // as in threadlab/narration.py
/** Milliseconds that a step is shown while playing, by the characters to read, within bounds. */
const READING = 22;
const SHORTEST = 700;
const LONGEST = 3500;

const KEYS = { ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last", " ": "play" };
/** Elements that have a use of their own for a key. */
const OWN_KEYS = { " ": "button, summary, a, input:not([type=range])", others: "input:not([type=range]), select, textarea" };

export class Player {
  #element;
  #presented = null;
  #step = 0;
  #timer = 0;
  #stops = [];
  #lines = []; // of the program
  #published; // the program of the run that was shown first

  /** `element` is a `.lab-player` with its static markup; `code` marks lines. */
  constructor(element, code) {
    this.#element = element;
    this.code = code;
    for (const button of element.querySelectorAll("[data-to]"))
      button.addEventListener("click", () => this[button.dataset.to]());
    this.#slider.addEventListener("input", () => this.#userGoes(Number(this.#slider.value)));
    element.addEventListener("keydown", (event) => this.#key(event));
    this.#scroll.addEventListener("scroll", () => this.#keepNames(), { passive: true });
    this.#scroll.addEventListener("click", (event) => this.#clicked(event));
  }

  /** The recording that is shown, or null. */
  get recording() {
    return this.#presented?.recording ?? null;
  }

  get step() {
    return this.#step;
  }

  /** The last step: that of the ending. */
  get end() {
    return this.#presented?.sentences.length ?? 0;
  }

  get playing() {
    return this.#timer !== 0;
  }

  /** Shows another run. Says nothing aloud: whoever asked for it is told elsewhere. */
  show(presented, step = 0) {
    this.pause();
    this.#said.ariaLive = "off";
    const isNew = this.#presented !== presented;
    this.#presented = presented;
    if (isNew) this.#fill();
    this.goTo(step);
  }

  focus() {
    this.#part("[data-to=play]").focus({ preventScroll: true });
  }

  /** Shows no run, until the next `show`. */
  hide() {
    this.pause();
    this.#presented = null;
    this.#element.hidden = true;
    if (this.#words) this.#words.parentElement.hidden = true;
    this.code?.mark([]);
  }

  /** Shows the state after the first `step` events; beyond the last one, how the run ended. */
  goTo(step) {
    if (!this.#presented) return;
    this.#step = Math.max(0, Math.min(step, this.end));
    this.#draw();
    this.#element.dispatchEvent(new CustomEvent("lab-step", { bubbles: true, detail: { step: this.#step } }));
  }

  first() {
    this.#userGoes(0);
  }

  back() {
    this.#userGoes(this.#step - 1);
  }

  forward() {
    this.#userGoes(this.#step + 1);
  }

  last() {
    this.#userGoes(this.end);
  }

  /** Plays from here (from the start if this is the end), or stops playing. */
  play() {
    if (this.playing) {
      this.pause();
      return;
    }
    if (!this.#presented) return;
    if (this.#step === this.end) this.goTo(0);
    this.#wait();
    this.#setPlaying(true);
  }

  pause() {
    if (!this.playing) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#setPlaying(false);
  }

  #wait() {
    const sentence = this.#presented.sentences[this.#step] ?? "";
    const time = Math.max(SHORTEST, Math.min(sentence.length * READING, LONGEST));
    this.#timer = setTimeout(() => {
      this.goTo(this.#step + 1);
      if (this.#step < this.end) this.#wait();
      else this.pause();
    }, time);
  }

  #setPlaying(playing) {
    const button = this.#part("[data-to=play]");
    button.title = playing ? "Pause" : "Play";
    button.ariaLabel = button.title;
    this.#element.classList.toggle("lab-plays", playing);
    // While it plays, sentences come faster than they can be spoken.
    this.#said.ariaLive = playing ? "off" : "polite";
    if (!playing) this.#said.replaceChildren(this.#said.textContent);
  }

  #userGoes(step) {
    this.pause();
    this.#said.ariaLive = "polite";
    this.goTo(step);
  }

  #key(event) {
    const action = KEYS[event.key];
    if (!action || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest(OWN_KEYS[event.key] ?? OWN_KEYS.others)) return;
    event.preventDefault();
    this[action]();
  }

  // ---------------------------------------------- what does not change from step to step

  #fill() {
    this.#element.hidden = false;
    const details = this.#words?.parentElement;
    if (details) details.hidden = false;
    const { picture, legend, sentences, threads, values, locks, recording, title } = this.#presented;
    this.#choose(recording);
    this.#lines = recording.program.source.split("\n");
    this.#part(".lab-title").textContent = title;
    this.#part(".lab-label").textContent = `This run is ${recording.label}.`;
    this.#part(".lab-label").hidden = !recording.label;
    this.#scroll.innerHTML = picture;
    this.#stops = this.#part(".lab-picture").dataset.stops.split(" ").map(Number);
    this.#scroll.scrollLeft = 0;
    this.#slider.max = this.end;
    this.#part(".lab-sentence .lab-room").textContent = sentences.reduce(longer, BEFORE);
    this.#part(".lab-output .lab-room").textContent = recording.output;
    this.#words?.replaceChildren(...sentences.map((sentence) => made("li", sentence)));
    const entries = made("p");
    entries.append(...legend.flatMap(([letter, meaning]) => [legendItem(letter, meaning), " "]));
    const place = this.#part(".lab-legend");
    if (place.textContent.trim() !== entries.textContent.trim()) place.replaceChildren(...entries.childNodes);
    const labels = threads.map(([name, longest]) => [name.replace("the main", "Main"), longest]);
    fillTable(this.#part(".lab-threads"), labels, (row, index) => {
      row.cells[0].prepend(badge(index), " ");
      row.insertCell(1);
    });
    fillTable(this.#part(".lab-values"), values);
    fillTable(this.#part(".lab-locks"), locks.map(([, name]) => [name, threads.map(([thread]) => thread).reduce(longer, "")]));
  }

  /** Checks the recorded run that this is; if it is none, its title stands where theirs do. */
  #choose({ program: { source }, schedule }) {
    this.#published ??= source;
    const runs = [...this.#element.querySelectorAll(".lab-choice input")];
    for (const run of runs) run.checked = source === this.#published && schedule === run.dataset.schedule;
    this.#part(".lab-title").hidden = runs.some((run) => run.checked);
  }

  // ---------------------------------------------- what does

  #draw() {
    const { recording, sentences, threads, values, locks } = this.#presented;
    const state = stateAt(recording, this.#step);
    const short = threads.map(([name]) => name);
    const sentence = this.#step ? sentences[this.#step - 1] : BEFORE;
    if (this.#said.textContent !== sentence) this.#said.textContent = sentence;
    const line = state.lines[state.thread];
    this.#part(".lab-at code").textContent = line ? `${line}: ${this.#lines[line - 1]?.trim() ?? ""}` : "";
    const place = `Step ${this.#step} of ${this.end}`;
    this.#slider.value = this.#step;
    this.#slider.ariaValueText = place;
    this.#part(".lab-step").textContent = place;
    this.#part(".lab-time").textContent = state.time ? `clock: ${+state.time.toPrecision(6)} s` : "";
    for (const button of this.#element.querySelectorAll("[data-to]")) {
      const ends = { first: 0, back: 0, forward: this.end, last: this.end };
      button.ariaDisabled = `${ends[button.dataset.to] === this.#step}`;
    }

    this.code?.mark(marks(state));
    // The program is over, so is the main thread.
    const isOver = this.#step === this.end && /^(finished|exception)$/.test(recording.outcome.kind);
    if (isOver) state.ended.push(0);
    short.forEach((_, index) => {
      const { cells } = this.#part(".lab-threads").tBodies[0].rows[index];
      const line = state.lines[index];
      cells[1].textContent = line && !state.ended.includes(index) ? line : "–";
      write(cells[2], isOver && !state.ended.includes(index) ? CUT_OFF : doing(state, index, recording, short));
      cells[0].parentElement.classList.toggle("lab-current", state.thread === index);
    });
    values.forEach(([name, , first], index) => write(this.#part(".lab-values").tBodies[0].rows[index].cells[1], state.values[name] ?? first));
    locks.forEach(([object], index) => {
      const holder = state.holders[object]?.thread;
      const cell = this.#part(".lab-locks").tBodies[0].rows[index].cells[1];
      write(cell, short[holder] ?? "free");
      if (holder !== undefined) cell.querySelector(".lab-now").prepend(badge(holder), " ");
    });
    this.#part(".lab-output .lab-now").textContent = state.output;

    this.#markWords();
    this.#moveCursor();
  }

  #markWords() {
    const words = this.#words;
    words?.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const current = words?.children[this.#step - 1];
    if (!current) return;
    current.setAttribute("aria-current", "step");
    const { top, bottom, height } = words.getBoundingClientRect();
    const place = current.getBoundingClientRect();
    if (place.top < top || place.bottom > bottom) words.scrollTop += place.top - top - height / 3;
  }

  #moveCursor() {
    const x = this.#stops[Math.min(this.#step, this.#stops.length - 1)];
    this.#part(".lab-cursor").setAttribute("transform", `translate(${x - this.#stops.at(-1)})`);
    const box = this.#scroll;
    const left = this.#stops[0] + 20;
    if (x < box.scrollLeft + left || x > box.scrollLeft + box.clientWidth - 40)
      box.scrollTo({ left: x - Math.max(left, box.clientWidth * 0.6) });
    if (this.#step === 0) box.scrollTo({ left: 0 });
    this.#keepNames(); // a new picture need not scroll
  }

  /** The lanes' names stay where they can be seen. */
  #keepNames() {
    const names = this.#part(".lab-names");
    names?.setAttribute("transform", `translate(${this.#scroll.scrollLeft})`);
    names?.classList.toggle("lab-narrow", this.#scroll.scrollLeft > 0);
  }

  /** A click in the picture goes there. */
  #clicked(event) {
    const picture = this.#part(".lab-picture");
    if (!picture || !this.#presented) return;
    const x = event.clientX - picture.getBoundingClientRect().left;
    const step = this.#stops.findIndex((stop) => stop >= x);
    if (x > this.#stops[0] - 10) this.#userGoes(step < 0 ? this.end : step);
  }

  #part(selector) {
    return this.#element.querySelector(selector);
  }

  get #said() {
    return this.#part(".lab-said");
  }

  get #slider() {
    return this.#part("input[type=range]");
  }

  get #scroll() {
    return this.#part(".lab-scroll");
  }

  get #words() {
    return this.#element.parentElement?.querySelector(".lab-words ol");
  }
}

/** Which threads stand at which line; those that have ended stand nowhere. */
function marks({ lines, ended, thread: runs }) {
  const found = new Map();
  for (const [number, line] of Object.entries(lines)) {
    const thread = Number(number);
    if (!line || ended.includes(thread)) continue;
    const mark = found.get(line) ?? { line, threads: [] };
    mark.threads.push(thread);
    if (thread === runs) mark.runs = runs;
    found.set(line, mark);
  }
  return [...found.values()];
}

const longer = (one, other) => (other.length > one.length ? other : one);

function made(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function legendItem(letter, meaning) {
  const item = made("span");
  item.append(made("kbd", letter), ` ${meaning}`);
  return item;
}

/** A row for each [name, longest text]; a table without one is not shown. */
function fillTable(table, rows, finish = () => {}) {
  table.hidden = !rows.length;
  table.tBodies[0].replaceChildren(
    ...rows.map(([name, longest], index) => {
      const row = document.createElement("tr");
      const head = row.appendChild(made("th", name));
      head.scope = "row";
      const stack = row.insertCell().appendChild(made("span"));
      stack.className = "lab-stack";
      const room = stack.appendChild(made("span", longest));
      room.className = "lab-room";
      room.ariaHidden = "true";
      stack.appendChild(made("span")).className = "lab-now";
      finish(row, index);
      return row;
    }),
  );
}

/** Writes into a cell that keeps room for its longest text. */
function write(cell, text) {
  cell.querySelector(".lab-now").textContent = text;
}
