// "Every outcome": what an exploration has found, each to be opened in the player.

import { button, count, element, inWords } from "./parts.js";

/** What `base`, the site's root, leads to. */
const TERMS = "lab/#what-a-schedule-is";
const LABEL = "lab/engine/#what-a-build-with-the-gil-does-not-show";

export class Outcomes {
  #base;
  #about = element("p", { className: "lab-hint" });

  /** In `parent`; `onOpen` gets the schedule of the outcome that the reader opens; `base` is the site's root. */
  constructor(parent, onOpen, base) {
    this.onOpen = onOpen;
    this.#base = base;
    this.found = [];
    this.summary = ""; // the verdict in a few words
    this.verdict = element("p", { className: "lab-verdict" });
    this.list = element("ol", { className: "lab-found" });
    const parts = [this.verdict, this.list, this.#about];
    this.element = element("div", { className: "lab-panel", role: "group", "aria-label": "Every outcome" }, ...parts);
    parent.replaceChildren(this.element);
  }

  /** An outcome, found while the exploration goes on; or a better way to one that is there. */
  add(found) {
    const same = this.found.findIndex(({ ending, output }) => ending === found.ending && output === found.output);
    if (same >= 0) {
      this.found[same] = found;
      return;
    }
    this.found.push(found);
    this.list.append(this.#item(found, this.found.length, false));
  }

  /** The exploration's result: its figures and all outcomes. */
  finish(result, preemptions) {
    this.found = result.outcomes;
    // Where the interpreter was lost, what it counted last has not come.
    const isCounted = !result.lost;
    this.list.replaceChildren(...result.outcomes.map((found, index) => this.#item(found, index + 1, isCounted)));
    this.verdict.textContent = verdict(result, preemptions);
    this.summary = summary(result, preemptions);
    this.#explain(figures(result, isCounted));
  }

  /** It ended before its result; `schedules` is the last that is known of how many executions there were. */
  interrupt(why, schedules) {
    const least = Math.max(schedules, this.found.length); // outcomes come before the figures
    const after = least
      ? `after the program had run at least ${times(least)}`
      : "before a run of the program had come to its end";
    this.verdict.textContent = `NOT exhaustive: ${why} ${after}. ${DOUBT}`;
    this.#explain("");
  }

  /** Marks the outcome to which this schedule, of the run in the player, leads; none for another one. */
  mark(schedule) {
    this.found.forEach((found, index) => {
      this.list.children[index].querySelector("button").ariaCurrent = found.schedule === schedule ? "true" : null;
    });
  }

  #explain(figures) {
    const link = (to, text) => element("a", { href: this.#base + to }, text);
    const preemption = `${figures} A preemption is a switch away from a thread that could have gone on. `;
    const terms = [preemption, link(TERMS, "Schedules, switch points and preemptions")];
    const label = this.found.some(({ label }) => label) ? ["; ", link(LABEL, "what “not seen on GIL builds” means")] : [];
    this.#about.replaceChildren(...terms, ...label, ".");
  }

  #item(found, number, isCounted) {
    const label = { "aria-label": `Open outcome ${number} in the player` };
    const open = button("Open", () => this.onOpen(this.found[number - 1].schedule), label);
    return element(
      "li",
      {},
      element("div", { className: "lab-row" }, open, element("strong", {}, inWords(found.ending))),
      found.output ? element("pre", {}, found.output.trimEnd()) : element("p", {}, "No output."),
      ...(found.label ? [element("p", { className: "lab-label" }, `This outcome is ${found.label}.`)] : []),
      element("p", { className: "lab-hint" }, `${isCounted ? `Seen in ${count(found.count, "run")}. ` : ""}The run to open ${how(found)}.`),
    );
  }
}

const DOUBT = "There may be other outcomes: this does not show that the program is right.";

const times = (number) => (number === 1 ? "once" : count(number, "time"));

const how = ({ preemptions }) =>
  preemptions < 0 ? "has a random schedule" : `has ${preemptions ? count(preemptions, "preemption") : "no preemption"}`;

/** In one sentence or two, what the exploration proves. */
function verdict({ exhaustive, why_not, cut, outcomes }, preemptions) {
  if (!exhaustive) return `NOT exhaustive: ${why_not}. ${DOUBT}`;
  const all = outcomes.length === 1 ? "this is the only outcome" : "these are all outcomes";
  if (!cut) return `Exhaustive: ${all}, however often a thread is interrupted.`;
  const bound = count(preemptions, "preemption");
  return `Exhaustive up to ${bound}: no schedule with at most ${bound} has another outcome. One with more may have.`;
}

function summary({ exhaustive, cut, outcomes }, preemptions) {
  const found = count(outcomes.length, "outcome");
  if (!exhaustive) return `NOT exhaustive: ${found} so far.`;
  return cut ? `${found} with at most ${count(preemptions, "preemption")}.` : `${found}, and no schedule leads to another one.`;
}

/** Where all the executions have gone: those to an ending, as the outcomes count them, and those broken off. */
function figures({ schedules, pruned }, isCounted) {
  const were = pruned === 1 ? "was" : "were";
  const early = ` ${pruned.toLocaleString("en")} of these runs ${were} stopped early, at a point that an earlier run had already explored.`;
  return `The lab has run the program ${times(schedules)}.${isCounted && pruned ? early : ""}`;
}
