// The live part of a lab: runs the program as it stands in the editor, on the Python that runtime.js brings.
//
// lab.js imports this at the first click on one of the controls, or where the page's address names a program. Nothing
// runs before a click. All labs of a page share one runtime, so the run that begins ends the one before it.

import { AddressError, encode } from "./address.js";
import { Choices, REST, threadOf } from "./choose.js";
import { NoNetwork } from "./lack.js";
import { Outcomes } from "./outcomes.js";
import { button, count, element, endingOf, nowExplored, withLine } from "./parts.js";
import { NO_PROGRAM, Programs } from "./programs.js";
import { runtime, Stopped } from "./runtime.js";
import { command, copy, download } from "./share.js";
import { Source } from "./source.js";
import { Printed, Progress } from "./status.js";
import { Whose } from "./whose.js";

const NOTHING = "There is no program yet: type one, or start from one of the site's.";
const DEFAULT_ORDER = "0.";
/** Switch points after which a run is ended: what it has recorded must be little enough to show. */
const MOST_STEPS = 10_000;
const PREEMPTIONS = 2;
/** Random orders that are tried for a run that has not been shown yet. */
const TRIES = 8;
/** So many of the last sentences about what has happened since the last choice are said, beside the chosen thread's. */
const TOLD = 3;
/** The most that an exploration executes. */
const EXECUTIONS = 10_000;

const NO_CHOICE = "There was nothing to choose: wherever two threads could go on, the order of their steps makes no difference.";
const STOPPED = "Stopped.";
const OUSTED = "Stopped: another program of this page was started, and one runs at a time.";

/** The Live whose program runs. */
let busy = null;

export class Live {
  #lab;
  #root;
  #source;
  #status;
  #shared;
  #progress;
  #printed;
  #work;
  #programs; // on the workbench
  #schedule = null; // that an address has brought, until the reader does something else
  #task = null; // what is under way; a new one takes its place
  #panel = null; // Choices or Outcomes
  #whose; // says of which program the run in the player is
  #isLast = true; // whether the player shows the run that was asked for last
  #stopped = STOPPED; // what to say when it is
  #order = 0; // the number of the last random one: its seed
  #seen = new Set(); // the schedules of the runs that were shown of the program as it stands
  #kept;
  #keeps = true; // whether a change of the program is the reader's: what an address brings is not
  #restored; // once the program is there again that the reader had made before

  /** `lab` is a <thread-lab>: its player, its code view, and its published program; `kept` keeps the reader's. */
  constructor(lab, kept) {
    this.#lab = lab;
    this.#kept = kept;
    this.#root = lab.querySelector(".lab-live");
    this.#status = this.#root.querySelector(".lab-said");
    this.#shared = lab.querySelector(".lab-share .lab-said");
    this.#progress = new Progress(this.#root.querySelector(".lab-status"));
    this.#printed = new Printed(this.#root.querySelector(".lab-work"));
    this.#work = this.#root.querySelector(".lab-work").appendChild(element("div"));
    const programs = lab.querySelector(".lab-programs");
    this.#programs = programs && new Programs(programs, lab.dataset.base);
    this.#source = new Source(lab.querySelector(".snippet"), lab.code, lab.published);
    this.#source.onChange = () => this.#edited();
    this.#source.onOpen = () => this.#editorOpened();
    this.#whose = new Whose(lab.querySelector(".lab-player"), lab.published.program);
    this.#restored = this.#restore();
    lab.addEventListener("lab-step", () => this.#tellWhose());
    lab.addEventListener("change", ({ target }) => target.closest(".lab-choice") && this.#recordedChosen());
    lab.addEventListener("keydown", (event) => {
      if (!event.target.closest(".lab-editor, .lab-player, input, select, textarea")) this.#panel?.key?.(event);
    });
  }

  /** The program as it stands. */
  get program() {
    return this.#source.text;
  }

  /** What the control named `action` does. */
  async act(action) {
    const actions = {
      run: () => this.#run({ schedule: this.#schedule ?? DEFAULT_ORDER }),
      another: () => this.#another(),
      choose: () => this.#choose([]),
      outcomes: () => this.#explore(),
      stop: () => this.stop(),
      edit: () => this.#edit(),
      reset: () => this.#reset(),
      address: () => this.#copyAddress(),
      command: () => this.#copyCommand(),
      download: () => this.#download(),
      start: () => this.#start(),
    };
    try {
      await actions[action]();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends what is under way. */
  stop() {
    if (busy === this) runtime.stop();
  }

  /** The element has left the page. */
  close() {
    this.#task = null;
    this.stop();
    this.#source.close();
  }

  async #restore() {
    const kept = this.#kept.get();
    if (!kept) return;
    const { name, program } = kept;
    try {
      if (name !== this.#source.published.name) await this.#source.publish(await this.#other(name, program));
      await this.#source.replace(program);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const brings = this.#source.edited ? " Reset brings back the published one." : "";
    this.say(`This is the program as you had left it.${brings}`);
  }

  /** Shows the program and the schedule of an address (see address.js). Runs nothing. Throws AddressError. */
  async open({ name, hash, program, schedule }) {
    this.stop();
    await this.#restored;
    const undo = this.#undo();
    const other = name === this.#source.published.name ? this.#source.published : await this.#other(name, program);
    this.#keeps = false;
    try {
      if (other !== this.#source.published) await this.#source.publish(other);
      if (program !== undefined || this.#source.edited) await this.#source.replace(program ?? other.program);
    } finally {
      this.#keeps = true;
    }
    const { published } = this.#source;
    this.#programs?.show(this.#named);
    this.#setPanel(null);
    this.#schedule = schedule;
    const { text } = this.#source;
    const recorded = this.#lab.runs[this.#recorded(text, schedule)];
    if (recorded) this.#play(recorded, 0);
    else if (!this.#isShown) this.#lab.player.hide();
    const changed = program === undefined && hash !== published.hash;
    const lacks = this.#lab.querySelector(".lab-missing");
    this.say(
      // Not "brings": the reader may leave the address, and the program stays.
      `An address has brought ${program === undefined ? name : `an edited ${this.#filename}`}, to be run ${inOrder(schedule)}. ` +
        (changed ? `${name} has changed since then: this may be another run, or none. ` : "") +
        (recorded ? "The player shows the recorded run." : lacks ? "" : "Nothing has run yet: press Run."),
      ...undo,
    );
    this.#lab.scrollIntoView();
    // From here the next Tab leads to Run.
    const runs = this.#root.querySelector(".lab-runs") ?? this.#root;
    runs.tabIndex = -1;
    runs.focus({ preventScroll: true });
  }

  /** A program of the site that the workbench does not show yet. An edited one need not be of this site. */
  async #other(name, program) {
    const found = await this.#programs.find(name);
    if (found) return found;
    if (program === undefined) throw new AddressError(`The address names ${name}, which this site does not have.`);
    return { ...NO_PROGRAM, name, filename: name.split("/").pop() };
  }

  /** Another program of the site takes the place of the one that is there. */
  async #start() {
    this.stop();
    const chosen = await this.#programs.chosen();
    const undo = this.#undo();
    await this.#source.publish(chosen);
    this.#edited();
    this.say(`${chosen.name} is in the editor.`, ...undo);
  }

  /** What brings back the reader's own program as it stands now, after another one has taken its place. */
  #undo() {
    const { published, text, edited } = this.#source;
    if (!edited || !text.trim()) return [];
    const back = async () => {
      this.stop();
      this.#source.published = published;
      await this.#source.replace(text);
      this.#edited();
      this.say("Your program is back.");
      this.#source.editor.focus();
    };
    return [" ", button("Bring back my program", () => back().catch((error) => this.#fail(error)))];
  }

  /** Says something to the reader, in the status line; `more` are elements. */
  say(text, ...more) {
    this.#status.replaceChildren(text, ...more);
    this.#shared.replaceChildren();
  }

  /** The same beside the buttons that pass a run on: on a phone they are far from the status line. */
  #sayShared(...parts) {
    this.#shared.replaceChildren(...parts);
  }

  /** Says what is wrong with an address. */
  async complain(text) {
    await this.#restored;
    this.say(text);
  }

  // ---------------------------------------------- running

  async #run(request) {
    if (!(this.#panel instanceof Outcomes)) this.#setPanel(null);
    await this.#begin("Running …", async (send) => this.#show(await send(request), Infinity));
  }

  /** A run in random order: of a few, the first that has not been shown. */
  async #another() {
    if (!(this.#panel instanceof Outcomes)) this.#setPanel(null);
    this.#schedule = null;
    await this.#begin("Running …", async (send) => {
      for (let tries = TRIES; tries > 0; tries--) {
        this.#printed.clear();
        const result = await send({ policy: "random", policy_seed: ++this.#order });
        const isKnown = this.#seen.has(result.schedule) || this.#recorded(this.#source.text, result.schedule) >= 0;
        const choice = hasChoice(result);
        if (isKnown && choice && tries > 1) continue;
        const order = `Random order ${this.#order} (schedule “${result.schedule}”)`;
        const known = choice && isKnown ? ", the same run as one before" : "";
        this.#show(result, Infinity, `${order}${known}`, choice ? "" : ` ${NO_CHOICE}`);
        return;
      }
    });
  }

  /** Opens the run of an outcome; the list stays. The keyboard goes along, unless the reader has left the list. */
  async #replay(schedule) {
    await this.#begin("Running …", async (send) => {
      this.#show(await send({ schedule }), 0);
      this.#bringIntoView();
      if (this.#panel?.element.contains(document.activeElement)) this.#lab.player.focus();
    });
  }

  /** Scrolls to the player where it begins in the lower half of the window, or below. */
  #bringIntoView() {
    const player = this.#lab.querySelector(".lab-player");
    if (player.getBoundingClientRect().top < innerHeight / 2) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    player.scrollIntoView({ behavior: still ? "instant" : "smooth" });
  }

  /** A run whose first choices are `taken`; once the reader takes one back, `panel` is the one that is there. */
  async #choose(taken, panel = new Choices(this.#work, this.#source.text.split("\n"), this.#lab.dataset.base)) {
    let given = 0;
    let rests = false;
    const back = () => this.#choose(rests ? taken : taken.slice(0, -1), panel).catch((error) => this.#fail(error));
    let told = 0; // steps
    let chosen = []; // what was chosen last, as the status line says it
    const focused = this.#root.contains(document.activeElement);
    this.#schedule = null;
    this.#panel = panel;
    panel.begin(taken.length, back);

    const onChoose = async (question) => {
      if (rests) return question.enabled[0];
      const { sentences, recording } = question.presented;
      const from = told;
      told = sentences.length;
      if (given === taken.length) {
        this.#play(question.presented, Infinity);
        const isSaid = (_, step) => step >= from && (step >= told - TOLD || recording.events[step].thread === taken.at(-1));
        const said = sentences.filter(isSaid);
        const leftOut = told - from > said.length ? ["…"] : [];
        this.say(...chosen, [...leftOut, ...said, "Choose the thread that goes on."].join(" "));
        const answer = panel.ask(question, taken.length);
        if (focused && !panel.element.contains(document.activeElement)) panel.focus();
        const thread = await answer;
        rests = thread === REST;
        if (rests) return question.enabled[0];
        taken.push(thread);
      }
      const thread = taken[given++];
      chosen = ["You chose ", ...threadOf(question, thread), ". "];
      return thread;
    };
    const next = taken.length ? `choice ${taken.length + 1}` : "the first choice";
    await this.#begin(`Running to ${next} …`, async (send) => {
      const result = await send({ policy: "ask" }, { onChoose }).catch((error) => {
        // Where another run has begun in its place, the panel is that one's.
        if (panel.onBack === back) panel.finish(error instanceof Stopped ? "Stopped." : "The run could not go on.", taken.length);
        throw error;
      });
      this.#show(result, Infinity);
      const { title = "" } = result.presented ?? {};
      const over = hasChoice(result) ? "The run is over." : NO_CHOICE;
      panel.finish(result.error ? "The run could not go on." : title ? `${over} ${title}.` : over, taken.length + (rests ? 1 : 0));
    });
  }

  async #explore() {
    const chosen = this.#task && this.#panel instanceof Choices ? "The run that you chose has ended. " : "";
    const panel = new Outcomes(this.#work, (schedule) => this.#replay(schedule), this.#lab.dataset.base);
    this.#panel = panel;
    this.#schedule = null;
    let schedules = 0;
    const onProgress = (progress) => {
      ({ schedules } = progress);
      const figures = `${count(schedules, "schedule")}; ${nowExplored(progress, PREEMPTIONS)}`;
      this.#progress.show("Schedules explored", figures, schedules, EXECUTIONS);
    };
    const bounds = { preemptions: PREEMPTIONS, limit: EXECUTIONS, max_steps: MOST_STEPS };
    const request = { do: "outcomes", any_time: true, seed: 0, ...bounds };
    await this.#begin(`${chosen}Exploring schedules …`, async (send) => {
      try {
        const result = await send(request, { onFound: (found) => panel.add(found), onProgress });
        if (result.error) {
          panel.interrupt("the lab cannot go on", schedules);
          this.#refuse(result);
        } else {
          panel.finish(result, PREEMPTIONS);
          this.#markOutcome();
          if (!this.#showsWhole && panel.found.length) await this.#showFirst(panel, send);
          this.say(panel.summary);
        }
      } catch (error) {
        if (!panel.summary) panel.interrupt(error instanceof Stopped ? "stopped" : error.message, schedules);
        throw error;
      }
    });
  }

  /** A run of the program as it stands takes the place of another program's: that of the first outcome. */
  async #showFirst(panel, send) {
    // What it prints stands in the player: here it would look as if it were of every outcome.
    this.#show(await send({ schedule: panel.found[0].schedule }, { onOutput: () => {} }), Infinity);
  }

  /** One thing at a time: `work` gets what sends requests to the runtime, and ends when the reader stops it. */
  async #begin(text, work) {
    const source = this.#source.text;
    if (!source.trim()) {
      this.say(NOTHING);
      return;
    }
    const task = (this.#task = {});
    if (busy !== this && busy?.#task) busy.#stopped = OUSTED;
    busy = this;
    this.#stopped = STOPPED;
    this.#setStoppable(true);
    this.say(text);
    this.#printed.clear();
    this.#source.open().catch((error) => this.#fail(error));
    const run = { do: "run", policy: "first", schedule: DEFAULT_ORDER, record: true, present: true, max_steps: MOST_STEPS };
    const begun = (handler) => (...what) => {
      this.#progress.hide();
      return handler?.(...what);
    };
    const onOutput = (stream, printed) => this.#printed.add(stream, printed);
    const send = (request, { onChoose, onFound, onProgress, onOutput: onPrinted = onOutput } = {}) =>
      runtime.run(
        { ...run, filename: this.#filename, source, ...request },
        {
          onBytes: (done, total) => this.#progress.bytes(done, total),
          onOutput: begun(onPrinted),
          onChoose: begun(onChoose),
          onFound,
          onProgress,
        },
      );
    try {
      await work(send);
    } catch (error) {
      if (task === this.#task) this.#fail(error);
    } finally {
      if (task === this.#task) {
        this.#task = null;
        this.#setStoppable(false);
        this.#progress.hide();
      }
    }
  }

  /** A run's result, at a step of it; `run` says which one it is, `remark` what else there is to say. */
  #show(result, step, run = `Run ${inOrder(result.schedule)}`, remark = "") {
    if (result.error) {
      this.#refuse(result);
      return;
    }
    if (result.presented) this.#play(result.presented, step);
    else this.#showsNone();
    const { outcome } = result;
    const isCut = /more than \d+ steps$/.test(outcome.ending);
    const more = isCut ? ` Without that limit, python ${this.#filename} on your machine may take long, or run for ever.` : "";
    this.say(`${run}: ${endingOf(outcome.ending, result.presented)}.${more}${remark}`);
  }

  /** Shows a run in the player; none of the recorded ones is chosen then, unless it is the same. */
  #play(presented, step) {
    this.#isLast = true;
    this.#lab.player.show(presented, step);
    const { program, schedule, outcome } = presented.recording;
    if (outcome.kind !== "running") this.#seen.add(schedule);
    const recorded = outcome.kind === "running" ? -1 : this.#recorded(program.source, schedule);
    for (const radio of this.#lab.querySelectorAll(".lab-choice input")) radio.checked = Number(radio.value) === recorded;
    this.#markOutcome();
    this.#lab.querySelector(".lab-title").hidden = recorded >= 0 && this.#lab.runs.length > 1;
  }

  /** The run that was asked for has given nothing to show. */
  #showsNone() {
    this.#isLast = false;
    this.#tellWhose();
  }

  /** The reader has chosen a recorded run: what was said of another one goes. */
  #recordedChosen() {
    this.#isLast = true;
    this.#schedule = null;
    this.#tellWhose();
    this.#markOutcome();
    if (this.#task) return;
    this.#printed.clear();
    this.say("");
  }

  /** In the list of outcomes, marks the one whose run the player shows. */
  #markOutcome() {
    if (this.#panel instanceof Outcomes) this.#panel.mark(this.#isShown ? this.#lab.player.recording.schedule : "");
  }

  /** Says beside the player of which program its run is, and whose the recorded ones are. */
  #tellWhose() {
    const shown = this.#lab.player.recording?.program.source;
    if (shown !== undefined) this.#whose.tell(shown, this.#source.text, this.#isLast);
  }

  /** Which of the recorded runs it is; -1 for none. */
  #recorded(text, schedule) {
    return this.#lab.runs.findIndex((run) => run.recording.program.source === text && run.recording.schedule === schedule);
  }

  /** What the engine says it cannot run, with the line. */
  #refuse({ error, text }) {
    const line = Number(/\bline (\d+)|:(\d+): /.exec(text)?.slice(1).find(Boolean));
    this.#showsNone();
    if (line) this.#source.editor?.mark([{ line, threads: [], wrong: true }]);
    const titles = { syntax: "Python cannot read this program", unsupported: "Run it on your machine" };
    const isOff = error === "diverged";
    if (isOff) this.#schedule = null;
    const wayOut = isOff ? " Press Another schedule or You choose for another run; Run is in the default order now." : "";
    this.say(`${titles[error] ?? "The lab cannot run this"}: ${withLine(text)}.${wayOut}`);
  }

  // ---------------------------------------------- the program

  async #edit() {
    await this.#source.open();
    this.#source.editor.focus();
  }

  async #reset() {
    const undo = this.#undo();
    await this.#source.replace(this.#source.published.program);
    const [first] = this.#lab.runs;
    if (first) this.#play(first, 0);
    this.say(`This is ${this.#source.published.name} as published.`, ...undo);
    this.#source.editor.focus();
  }

  #editorOpened() {
    this.#lab.player.code = { mark: (lines) => this.#source.editor.mark(this.#isShown ? lines : []) };
    this.#lab.player.goTo(this.#lab.player.step);
  }

  #edited() {
    this.stop();
    const { text, published } = this.#source;
    if (this.#keeps) {
      if (text === this.#lab.published.program) this.#kept.forget();
      else this.#kept.set(published.name, text);
    }
    this.#schedule = null;
    this.#seen.clear();
    this.#setPanel(null);
    this.#programs?.show(this.#named);
    this.#control("reset").hidden = !this.#source.edited;
    this.#lab.player.goTo(this.#lab.player.step); // takes the marks away, or brings them back
    this.#tellWhose();
    this.#printed.clear();
    const isRight = this.#isShown || !this.#lab.player.recording;
    this.say(isRight ? "" : "The program has changed. Run it again.");
  }

  /** Whether the player shows a run of the program as it stands. */
  get #isShown() {
    return this.#lab.player.recording?.program.source === this.#source.text;
  }

  /** The same, of a run that is over: not one whose choices were broken off. */
  get #showsWhole() {
    return this.#isShown && this.#lab.player.recording.outcome.kind !== "running";
  }

  get #filename() {
    return this.#named.filename;
  }

  /** Whose name the program has. On the workbench, one that shares no line with the published one is the reader's. */
  get #named() {
    const { published, text } = this.#source;
    return this.#programs && !sharesLine(text, published.program) ? NO_PROGRAM : published;
  }

  // ---------------------------------------------- passing it on

  /** What an address says of the program as it stands and the run that is shown. */
  get #state() {
    const { text, edited, published } = this.#source;
    const schedule = this.#schedule ?? (this.#isShown ? this.#lab.player.recording.schedule : DEFAULT_ORDER);
    const { hash } = published;
    const { name } = this.#named;
    return edited ? { name, program: text, schedule } : { name, hash, schedule };
  }

  async #copyAddress() {
    if (this.#isEmpty()) return;
    try {
      await this.#copy("The address", await encode(location.origin + location.pathname, this.#state));
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      const save = button(`Download ${this.#filename}`, () => this.#download());
      this.#sayShared(`${error.message} Pass on the file and the command instead. `, save);
    }
  }

  async #copyCommand() {
    if (this.#isEmpty()) return;
    const { edited } = this.#source;
    if (edited) this.#download();
    const files = `threadlab.pyz and ${this.#filename}`;
    const from = edited ? "the program was downloaded" : "Download program and the link beside it bring them";
    await this.#copy(`The command, for a folder with ${files} (${from}),`, command(this.#filename, this.#state.schedule));
  }

  /** Whether there is no program to pass on; says so. */
  #isEmpty() {
    const isEmpty = !this.#source.text.trim();
    if (isEmpty) this.#sayShared(`There is nothing to pass on. ${NOTHING}`);
    return isEmpty;
  }

  async #copy(what, text) {
    if (await copy(text)) {
      this.#sayShared(`${what} is on the clipboard.`);
      return;
    }
    const field = element("input", { readOnly: true, value: text, "aria-label": what, onfocus: () => field.select() });
    this.#sayShared(`${what.replace(/,$/, "")}: this browser does not let the page copy it. `, field);
    field.focus();
  }

  #download() {
    if (this.#isEmpty()) return;
    download(this.#source.text, this.#filename);
  }

  // ---------------------------------------------- what is seen

  #fail(error) {
    if (error instanceof Stopped) this.say(this.#stopped);
    else this.say(error instanceof NoNetwork ? error.message : `This did not work: ${error.message}`);
  }

  #setPanel(panel) {
    this.#panel = panel;
    if (!panel) this.#work.replaceChildren();
  }

  // Not `disabled`: that would take the keyboard's focus away.
  #setStoppable(can) {
    this.#control("stop").setAttribute("aria-disabled", `${!can}`);
  }

  #control(action) {
    return this.#lab.querySelector(`[data-action=${action}]`);
  }
}

/** The order in which threads run: by themselves, or as a schedule has it. */
const inOrder = (schedule) => (schedule === DEFAULT_ORDER ? "in the default order" : `with the schedule “${schedule}”`);

/** Whether there was a choice: a switch point of the run at which more than one thread could go on. */
const hasChoice = ({ presented }) => !presented || presented.recording.decisions.some(({ enabled }) => enabled.length > 1);

/** Whether two programs have a line in common, other than an empty one. */
function sharesLine(one, other) {
  const lines = new Set(other.split("\n").map((line) => line.trim()));
  return one.split("\n").some((line) => line.trim() && lines.has(line.trim()));
}
