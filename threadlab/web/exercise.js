// <thread-exercise>: a broken program that the reader mends. It passes only if all schedules that are explored do.

import { CodeView } from "./code.js";
import { Kept } from "./kept.js";
import { lack, NoNetwork } from "./lack.js";
import { compose, firstLineOfCheck, isCutOff, lineOfCase, notJudged, passes, shortestWrong, WAIT } from "./judge.js";
import { count, element, endingOf, inWords, nowExplored, withCode, withLine } from "./parts.js";
import { Player } from "./player.js";
import { Runtime, runtime, Stopped } from "./runtime.js";
import { remember, solved } from "./solved.js";
import { Source } from "./source.js";
import { Progress } from "./status.js";

/** Executions after which a case is given up as too large. */
const EXECUTIONS = 10_000;
/** Switch points after which a run is ended. */
const MOST_STEPS = 5_000;
/** In the room of the buttons, on a phone too. */
const MISSING = "This browser lacks WebAssembly JSPI; Chrome or Edge 137 has it. Else use the command below.";

class ThreadExercise extends HTMLElement {
  #data;
  #source;
  #check; // the view of the check
  #player;
  #progress;
  #kept;
  #checked = false; // whether the reader has had a program checked
  #task = null; // the check that is under way
  #shown = null; // the reader's program whose run the player shows

  connectedCallback() {
    if (this.#data) return;
    this.#data = JSON.parse(this.querySelector(".lab-data").content.textContent);
    const [program, check] = [...this.querySelectorAll(".snippet")];
    const { filename } = this.#data;
    this.#source = new Source(program, new CodeView(program), { filename, program: `${this.#data.program}\n` });
    this.#source.onChange = () => this.#edited();
    this.#check = new CodeView(check);
    this.#player = new Player(this.querySelector(".lab-player"), { mark: (marks) => this.#mark(marks) });
    this.#progress = new Progress(this.querySelector(".lab-status"));
    this.addEventListener("click", ({ target }) => this.#act(target.closest("[data-action]")));
    const runs = this.querySelector(".lab-runs");
    if (runs && !Runtime.supported().ok) lack(runs, MISSING);
    if (solved().has(this.dataset.topic)) this.#say("You have solved this exercise before.");
    this.#kept = new Kept(this.dataset.topic);
    this.#restore();
  }

  disconnectedCallback() {
    this.#player.pause();
    this.#stop();
  }

  async #restore() {
    const kept = this.#kept.get();
    if (!kept) return;
    try {
      await this.#source.replace(kept.program);
      const before = solved().has(this.dataset.topic) ? "You have solved this exercise before. " : "";
      this.#say(`${before}This is the program as you had left it. Reset brings back the broken one.`);
    } catch (error) {
      this.#say(whatFailed(error));
    }
  }

  async #act(button) {
    if (!button || button.ariaDisabled === "true") return;
    const actions = {
      check: () => this.#judge(),
      stop: () => this.#stop(),
      edit: () => this.#edit(),
      reset: () => this.#reset(),
    };
    try {
      await actions[button.dataset.action]?.();
    } catch (error) {
      this.#say(whatFailed(error));
    }
  }

  async #edit() {
    await this.#source.open();
    this.#source.editor.focus();
  }

  async #reset() {
    await this.#source.replace(this.#source.published.program);
    this.#source.editor.focus();
  }

  #edited() {
    this.#stop();
    this.#end(); // that it was stopped is not said: what the program has become counts
    const { edited, text } = this.#source;
    if (edited) this.#kept.set(this.dataset.topic, text);
    else this.#kept.forget();
    this.#setAvailable("reset", edited);
    this.#number();
    this.#hideRun();
    for (const each of this.#states) each.textContent = "";
    this.#say(this.#checked ? "The program has changed: check it again." : "");
  }

  #stop() {
    if (this.#task) runtime.stop();
  }

  // ---------------------------------------------- checking

  /** Explores each case, until one does not hold. */
  async #judge() {
    this.#stop();
    this.#checked = true;
    const task = (this.#task = {});
    const program = this.#source.text;
    const states = this.#states;
    for (const each of states) each.textContent = "";
    this.#setAvailable("stop", true);
    this.#say("Exploring schedules …");
    this.#source.open().catch(() => {}); // without an editor the program can be checked, too
    try {
      for (const [index, line] of this.#data.cases.entries()) {
        states[index].textContent = "…";
        const schedules = await this.#holds(task, program, line, states[index]);
        if (task !== this.#task || schedules === null) return;
        states[index].textContent = `✓ ${count(schedules, "execution")}`;
      }
      remember(this.dataset.topic);
      this.#hideRun();
      const { preemptions } = this.#data;
      this.#say(`Solved: in each case every schedule with at most ${preemptions} preemptions comes to its end.`);
    } catch (error) {
      if (task !== this.#task) return;
      const stopped = error instanceof Stopped;
      for (const each of states) if (each.textContent === "…") each.textContent = stopped ? "stopped" : "";
      this.#say(stopped ? "Stopped. What was not explored may still fail." : whatFailed(error));
    } finally {
      if (task === this.#task) this.#end();
    }
  }

  /** No check is under way. */
  #end() {
    this.#task = null;
    this.#setAvailable("stop", false);
    this.#progress.hide();
  }

  /** How many executions have shown that a case holds. Where it does not, says so, and gives null. */
  async #holds(task, program, line, state) {
    const nonce = `done ${crypto.randomUUID()}`;
    const source = compose(program, this.#data.check, line, nonce);
    const result = await this.#explore(source, line, nonce);
    if (task !== this.#task) return null;
    if (result.error) {
      this.#hideRun();
      state.textContent = "✗";
      this.#refuse(result, program);
    } else if (passes(result, nonce)) {
      return result.schedules;
    } else {
      const wrong = shortestWrong(result.outcomes, nonce);
      state.textContent = wrong && !isCutOff(wrong) ? "✗ fails" : "not judged";
      if (wrong) {
        await this.#open(wrong, { program, source, line });
      } else {
        this.#hideRun();
        this.#say(`\`${line}\` is not judged: ${notJudged(result)}`);
      }
    }
    return null;
  }

  /** The result of an exploration; of one that has found a shortest wrong schedule, so far. */
  async #explore(source, line, nonce) {
    const found = new Map();
    let enough = false;
    const request = {
      do: "outcomes",
      filename: this.#data.filename,
      source,
      preemptions: this.#data.preemptions,
      limit: EXECUTIONS,
      max_steps: MOST_STEPS,
      any_time: true,
      seed: 0,
    };
    try {
      return await runtime.run(request, {
        onBytes: (done, total) => this.#progress.bytes(done, total),
        onFound: (each) => found.set(`${each.ending}\n${each.output}`, each),
        onProgress: (progress) => {
          const { schedules, level } = progress;
          const figures = `${count(schedules, "execution")}; ${nowExplored(progress, this.#data.preemptions)}`;
          this.#progress.show(`Executions of ${line}`, figures);
          const wrong = shortestWrong([...found.values()], nonce);
          // All that need no more preemptions are explored: no later one is shorter.
          enough ||= wrong !== null && wrong.preemptions < level;
          if (enough) runtime.stop();
        },
      });
    } catch (error) {
      if (!enough || !(error instanceof Stopped)) throw error;
      return { exhaustive: false, outcomes: [...found.values()] };
    }
  }

  /** Runs the schedule that breaks the program, and opens that run in the player. */
  async #open(wrong, { program, source, line }) {
    const { ending, schedule, preemptions } = wrong;
    const { filename } = this.#data;
    const request = { do: "run", filename, source, schedule, policy: "first", record: true, present: true };
    const result = await runtime.run({ ...request, max_steps: MOST_STEPS });
    this.#shown = program;
    // A loop without an end goes on to the last step, which says so.
    const isEndless = ending.startsWith("step limit");
    if (result.presented) this.#player.show(result.presented, isEndless ? Infinity : 0);
    if (isCutOff(wrong)) {
      this.#say(
        `\`${line}\` is not judged: a run was ${inWords(ending)}. It is open in the player below, at its end.\n` +
          `If it would go on for ever, mend that. Does a loop try again and again? ${WAIT}\n${this.#places(program, line)}`,
      );
      return;
    }
    // A random schedule has no number of them (-1).
    const needed = preemptions ? count(preemptions, "preemption") : "no preemption";
    const how = preemptions < 0 ? ", found at random," : `, with ${needed},`;
    const isEarly = ending.startsWith("finished");
    const what = isEarly ? "the program ended before its check had come to the end" : endingOf(ending, result.presented);
    this.#say(
      `\`${line}\` fails: ${what}.${asserted(ending, source)}\nThe shortest schedule that breaks it${how} is open ` +
        `in the player below${isEndless ? ", at its last step" : ""}.\n${this.#places(program, line)}`,
    );
  }

  /** Which lines of what was explored are not the reader's. */
  #places(program, line) {
    const first = firstLineOfCheck(program);
    const last = lineOfCase(program, this.#data.check);
    return `Lines from ${first} on are the check's. Line ${last}, which is not on the page, is the call \`${line}\`.`;
  }

  /** What the engine says it cannot run. */
  #refuse({ error, text }, program) {
    const line = Number(/\bline (\d+)|:(\d+): /.exec(text)?.slice(1).find(Boolean));
    if (line) this.#source.editor?.mark([{ line, threads: [], wrong: true }]);
    const beyond = line >= firstLineOfCheck(program) - 2;
    const why = beyond ? " Is something left open at the end of your program?" : "";
    const what = error === "syntax" ? "Python cannot read this program" : "The lab cannot run this";
    this.#say(`${what}: ${withLine(withoutRemedy(text))}.${why}`);
  }

  // ---------------------------------------------- what is seen

  /** The check's lines have the numbers that they have after the program as it stands. */
  #number() {
    const first = firstLineOfCheck(this.#source.text);
    const numbers = Array.from({ length: this.#lengthOfCheck }, (_, index) => first + index);
    this.querySelectorAll(".snippet")[1].querySelector("pre").dataset.lines = numbers.join("\n");
  }

  /** Marks lines in the program and, below it, in the check; none if the run is one of another program. */
  #mark(marks) {
    const isShown = this.#shown === this.#source.text;
    const first = this.#shown === null ? Infinity : firstLineOfCheck(this.#shown);
    const shown = isShown ? marks : [];
    this.#source.view.mark(shown.filter(({ line }) => line < first));
    const below = shown.filter(({ line }) => line >= first && line < first + this.#lengthOfCheck);
    this.#check.mark(below.map((mark) => ({ ...mark, line: mark.line - first + 1 })));
  }

  /** No run is shown: what was shown is none of the program as it stands. */
  #hideRun() {
    this.#player.hide();
    this.#shown = null;
  }

  get #lengthOfCheck() {
    return this.#data.check.split("\n").length;
  }

  get #states() {
    return [...this.querySelectorAll(".lab-cases .lab-case")];
  }

  /** Each line of the text is a paragraph. */
  #say(text) {
    const paragraphs = text.split("\n").filter(Boolean).flatMap((line) => [element("p", {}, ...withCode(line)), " "]);
    this.querySelector(".lab-live .lab-said").replaceChildren(...paragraphs);
  }

  // Not `disabled`: that would take the keyboard's focus away.
  #setAvailable(action, available) {
    this.querySelector(`.lab-live [data-action=${action}]`)?.setAttribute("aria-disabled", `${!available}`);
  }
}

/** Without the engine's advice to run the file for real, which would check nothing here. */
const withoutRemedy = (text) => text.replace(/\. Run the file for real: .*$/s, "");

/** In words for the reader. */
const whatFailed = (error) => (error instanceof NoNetwork ? error.message : `This did not work: ${error.message}`);

/** Of an assertion that failed, what it says. */
function asserted(ending, source) {
  const line = /^exception: AssertionError.* at line (\d+)/.exec(ending)?.[1];
  return line ? `\nThe line is \`${source.split("\n")[line - 1].trim()}\`.` : "";
}

customElements.define("thread-exercise", ThreadExercise);
