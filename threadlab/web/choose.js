// "You choose": at each switch point the reader picks the thread that goes on.

import { badge } from "./code.js";
import { button, element, withCode } from "./parts.js";
import { doing, stateAt } from "./recording.js";

/** What `ask` gives for "let the rest run by itself". */
export const REST = Symbol("rest");

/** The most shared values that stand beside the choice. */
const MOST = 6;

export class Choices {
  /** In `parent`, for a program of these `lines`; `base` is the site's root. */
  constructor(parent, lines, base) {
    this.lines = lines;
    this.onBack = null; // takes the last choice back
    this.asked = null; // what resolves the question that is open
    this.question = element("p", { className: "lab-question" });
    this.threads = element("div", { className: "lab-next", role: "group", "aria-label": "The thread that goes on" });
    this.back = button("Take a choice back", () => this.count && this.onBack());
    this.rest = button("Let the rest run by itself", () => this.#answer(REST));
    this.now = element("p", { className: "lab-now-shared" });
    const keys = "Keys: the digit of a thread; Backspace takes a choice back.";
    const terms = element("a", { href: `${base}lab/#what-a-schedule-is` }, "What a switch point is");
    this.element = element(
      "div",
      { className: "lab-panel", role: "group", "aria-label": "You choose" },
      this.question,
      this.now,
      this.threads,
      element("div", { className: "lab-row" }, this.back, this.rest),
      element("p", { className: "lab-hint with-keys" }, keys),
      element("p", { className: "lab-hint" }, terms),
    );
    parent.replaceChildren(this.element);
  }

  /** A run begins, whose first `count` choices are made; `onBack` takes the last one back, already now. */
  begin(count, onBack) {
    this.onBack = onBack;
    this.#open(null, count);
  }

  /**
   * Asks which thread goes on, after `count` choices. Resolves with its number or REST.
   *
   * `question` is the engine's: the threads that could run (the default first), the line at which each one stands, and
   * what it does next there ("" where that is not known).
   */
  ask(question, count) {
    const keepsFocus = this.element.contains(document.activeElement);
    this.question.textContent = `Choice ${count + 1}, at switch point ${question.step} of this run: which thread goes on?`;
    this.now.replaceChildren(...shared(question));
    const buttons = question.enabled.map((number) => this.#threadButton(number, question));
    buttons.sort((a, b) => a.dataset.thread - b.dataset.thread);
    this.threads.replaceChildren(...buttons);
    if (keepsFocus && !this.element.contains(document.activeElement)) buttons[0].focus();
    return new Promise((resolve) => this.#open(resolve, count));
  }

  /** The run is over; `count` choices could be taken back (or one: that the rest ran by itself). */
  finish(text, count) {
    const hadFocus = this.element.contains(document.activeElement);
    this.question.textContent = text;
    this.now.replaceChildren();
    this.threads.replaceChildren();
    this.#open(null, count);
    if (hadFocus && !this.element.contains(document.activeElement)) this.back.focus();
  }

  focus() {
    (this.threads.querySelector("button") ?? this.back).focus();
  }

  /** A key that was pressed in the lab, but not in the editor. */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const chosen = this.threads.querySelector(`[data-thread="${CSS.escape(event.key)}"]`);
    if (chosen) chosen.click();
    else if (event.key === "Backspace") this.back.click();
    else return;
    event.preventDefault();
  }

  #threadButton(number, question) {
    const { enabled, goes_on, lines, next, presented } = question;
    const line = lines[number];
    const begun = presented.recording.events.some(({ thread }) => thread === number);
    const text = this.lines[line - 1]?.trim() ?? "";
    const isOver = next?.[number] === "ends"; // its own function
    const where = line ? `line ${line}: ${text}` : isOver ? "" : begun ? "inside the standard library" : "has not begun";
    const usual = number !== enabled[0] ? "" : goes_on ? "runs now" : "next in the default order";
    const made = button("", () => this.#answer(number), { className: "lab-button lab-thread", "data-thread": number });
    made.append(
      badge(number),
      element("strong", {}, nameOf(question, number)),
      element(line ? "code" : "span", { className: "lab-where" }, where),
      ...(next?.[number] ? [element("span", { className: "lab-does" }, ...nextOf(question, number))] : []),
      ...(usual ? [element("small", {}, `(${usual})`)] : []),
    );
    return made;
  }

  #answer(answer) {
    const { asked } = this;
    if (!asked) return;
    this.#open(null, this.count + (answer === REST ? 0 : 1));
    asked(answer);
  }

  #open(resolve, count) {
    this.asked = resolve;
    this.count = count;
    this.#setAvailable(this.back, count > 0);
    this.#setAvailable(this.rest, resolve !== null);
    for (const each of this.threads.children) this.#setAvailable(each, resolve !== null);
  }

  // Not `disabled`: that would take the keyboard's focus away.
  #setAvailable = (each, available) => each.setAttribute("aria-disabled", `${!available}`);
}

const nameOf = ({ presented }, number) => presented.threads[number][0].replace("the main", "Main");
const nextOf = ({ next }, number) => (next?.[number] ? ["next: ", ...withCode(next[number])] : []);

/** A thread that a question names, in the panel's words: what it is called and, if that is known, what it does next. */
export function threadOf(question, number) {
  const next = nextOf(question, number);
  return [nameOf(question, number), ...(next.length ? [" (", ...next, ")"] : [])];
}

/** The shared values, the locks that are held, and what those do that cannot be chosen, in a few words. */
function shared({ enabled, presented: { recording, values, locks, threads } }) {
  const state = stateAt(recording, Infinity);
  const names = threads.map(([name]) => name);
  const now = values.filter(([name]) => name in state.values);
  const are = now.slice(0, MOST).map(([name]) => [element("code", {}, name), ` is ${state.values[name]}`]);
  const held = locks.filter(([object]) => state.holders[object]);
  const holders = held.map(([object, name]) => [
    `${names[state.holders[object].thread]} holds `,
    element("code", {}, name),
  ]);
  const all = [...are, ...holders].flatMap((each, index) => [index ? ", " : "Now ", ...each]);
  const others = names.map((name, number) => [name, number]).filter(([, number]) => !enabled.includes(number) && state.awaits[number]);
  const wait = others.map(([name, number]) => ` ${name.replace(/^t/, "T")} ${doing(state, number, recording, names)}.`);
  return [...all, ...(all.length ? ["."] : []), ...wait];
}
