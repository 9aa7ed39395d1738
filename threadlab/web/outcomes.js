// "Every outcome": what an exploration has found, each to be opened in the player.

import { button, count, element } from "./parts.js";

export class Outcomes {
  /** In `parent`; `onOpen` gets the schedule of the outcome that the reader opens. */
  constructor(parent, onOpen) {
    this.onOpen = onOpen;
    this.found = [];
    this.exhaustive = false;
    this.verdict = element("p", { className: "lab-verdict" });
    this.list = element("ol", { className: "lab-found" });
    this.element = element("div", { className: "lab-panel", role: "group", "aria-label": "Every outcome" }, this.verdict, this.list);
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
    this.list.append(this.#item(found, this.found.length, null));
  }

  /** The exploration's result: its figures and all outcomes. */
  finish(result, preemptions) {
    this.found = result.outcomes;
    this.exhaustive = result.exhaustive;
    this.list.replaceChildren(...result.outcomes.map((found, index) => this.#item(found, index + 1, result.schedules)));
    this.verdict.textContent = verdict(result, preemptions);
  }

  /** The verdict in a few words. */
  get summary() {
    return `${count(this.found.length, "outcome")}; ${this.exhaustive ? "" : "NOT "}exhaustive.`;
  }

  /** It ended before its result, after so many executions. */
  interrupt(why, schedules) {
    this.verdict.textContent =
      `NOT exhaustive: ${why} after ${count(schedules, "execution")}. There may be other outcomes.`;
  }

  #item(found, number, of) {
    const open = button("Open", () => {
      for (const each of this.list.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
      open.setAttribute("aria-current", "true");
      this.onOpen(this.found[number - 1].schedule);
    }, { "aria-label": `Open outcome ${number} in the player` }); // prettier-ignore
    const figures = [
      ...(of === null ? [] : [`${found.count} of ${count(of, "execution")}`]),
      found.preemptions >= 0 ? count(found.preemptions, "preemption") : "found by a random schedule",
    ];
    return element(
      "li",
      {},
      element("div", { className: "lab-row" }, open, element("strong", {}, found.ending)),
      found.output ? element("pre", {}, found.output.trimEnd()) : element("p", {}, "No output."),
      ...(found.label ? [element("p", { className: "lab-label" }, found.label)] : []),
      element("p", { className: "lab-hint" }, figures.join("; ")),
    );
  }
}

/** In one sentence or two, what the exploration proves. */
function verdict({ exhaustive, why_not, schedules, pruned, cut, outcomes }, preemptions) {
  const found = `${count(schedules, "execution")}, ${count(outcomes.length, "outcome")}`;
  const early = pruned ? ` ${count(pruned, "execution")} ended early, in a state in which another one had been.` : "";
  if (!exhaustive) return `NOT exhaustive: ${why_not}. ${found}; there may be others.${early}`;
  const more = cut ? "" : "; more of them lead to nothing else";
  return `Exhaustive up to ${count(preemptions, "preemption")}${more}: ${found}.${early}`;
}
