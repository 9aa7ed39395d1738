/**
 * Runs programs in the page: Pyodide and the engine in a worker within frame.html, one worker for one run.
 *
 * What comes from there is data that a program may have made up.
 */

import { checked } from "./checked.js";
import { noNetwork } from "./lack.js";

/** A run that `stop` ended, or that another run took the place of. */
export class Stopped extends Error {
  name = "Stopped";
}

/** Milliseconds without a message after which a worker is given up, as in threadlab/api.py. */
const SILENCE = { run: 60_000, outcomes: 30_000 };
/** Output is passed on at most once in so many milliseconds: a program may print faster than a page can show. */
const PACE = 16;
/** The frame is asked every second whether it is there; after so many questions without an answer it is not. */
const UNANSWERED = 5;
/** Characters of output, and outcomes, that are kept for the result of a run whose interpreter is lost. */
const MOST_SAID = 1_000_000;
const MOST_FOUND = 10_000;

export class Runtime {
  #base;
  #frame = null;
  #port = null;
  #loading = null;
  #listeners = new Set();
  #progress = null;
  #current = null;

  /** `base`: the address of assets/lab/. */
  constructor(base = new URL(".", import.meta.url)) {
    this.#base = base;
  }

  /** Whether this browser can run programs; `missing` says what it would need. */
  static supported() {
    const missing = ["Suspending", "promising"].every((name) => name in WebAssembly)
      ? ""
      : "WebAssembly JavaScript Promise Integration (JSPI)";
    return { ok: !missing, missing };
  }

  /** Fetches and starts what runs need, once. `onBytes(done, total)` is called as the bytes come. */
  async load(onBytes) {
    if (this.#frame && !this.#frame.isConnected) this.#discard();
    if (onBytes) {
      this.#listeners.add(onBytes);
      if (this.#progress) onBytes(...this.#progress);
    }
    this.#loading ??= this.#load();
    try {
      await this.#loading;
    } catch (error) {
      this.#discard();
      throw error;
    } finally {
      this.#listeners.delete(onBytes);
    }
  }

  /**
   * Runs or explores a program on a fresh interpreter; a run that is not over is stopped.
   *
   * `request`: as threadlab/service.py takes it. Handlers: `onOutput(stream, text)`, `onChoose(question)` (gives the
   * number of a thread, or a promise of it), `onFound(outcome)`, `onProgress({schedules, level})`, `onBytes`.
   * The result is the service's. An interpreter that is lost gives a result that says so.
   */
  async run(request, handlers = {}) {
    this.stop();
    const current = (this.#current = new Run(request, handlers));
    this.#start(current);
    try {
      return await current.result;
    } finally {
      current.close();
      if (this.#current === current) {
        this.#current = null;
        this.#port?.postMessage({ end: true });
      }
    }
  }

  /** Ends the run, whatever it does. */
  stop() {
    const current = this.#current;
    if (!current) return;
    this.#current = null;
    current.fail(new Stopped("stopped"));
    current.close();
    this.#port?.postMessage({ end: true });
  }

  async #start(current) {
    try {
      await this.load((done, total) => {
        if (this.#current === current) current.handlers.onBytes?.(done, total);
      });
    } catch (error) {
      current.fail(error);
      return;
    }
    if (this.#current !== current) return;
    const seed = Number(String(current.request.schedule ?? current.request.seed ?? 0).split(".")[0]);
    this.#port.postMessage({ run: { seed } }, [current.open(this.#ping.bind(this))]);
  }

  /** Asks the frame whether it is there: the browser may have ended it, for want of memory. */
  #ping() {
    const current = this.#current;
    if (!current) return;
    if (current.unanswered >= UNANSWERED || !this.#frame?.isConnected) {
      this.#discard();
      current.lose("the browser has ended the frame in which it ran");
      return;
    }
    current.unanswered += 1;
    this.#port.postMessage({ ping: 1 });
  }

  async #load() {
    const address = (name) => new URL(name, this.#base);
    const frame = this.#makeFrame(address("frame.html"));
    const files = await this.#fetch(address).catch(noNetwork("Python"));
    await frame;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#hear(data);
    this.#frame.contentWindow.postMessage(files, "*", [port2, ...Object.values(files)]);
  }

  #makeFrame(address) {
    const frame = (this.#frame = document.createElement("iframe"));
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = "Where the programs of the Thread Lab run";
    frame.hidden = true;
    frame.src = address;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    // Not in the body: instant navigation replaces what is there.
    document.documentElement.append(frame);
    return loaded;
  }

  /** The files of runtime.json, by the last part of their name. */
  async #fetch(address) {
    const list = await (await this.#get(address("runtime.json"))).json();
    const total = list.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    const arrived = (bytes) => {
      done += bytes;
      this.#progress = [done, total];
      this.#listeners.forEach((listener) => listener(done, total));
    };
    arrived(0);
    const entries = list.files.map(async ({ name }) => [
      name.split("/").pop(),
      await this.#bytes(await this.#get(address(name)), arrived),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }

  async #get(address) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address} cannot be fetched: ${response.status}`);
    return response;
  }

  async #bytes(response, arrived) {
    const counted = new TransformStream({
      transform(chunk, controller) {
        arrived(chunk.byteLength);
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(counted)).arrayBuffer();
  }

  #hear(data) {
    const current = this.#current;
    if (!current) return;
    if (data.pong) current.unanswered = 0;
    if (data.failed) {
      this.#discard();
      current.fail(new Error(data.failed));
    }
    if (data.lost) current.lose(data.lost);
  }

  /** The next run loads anew. */
  #discard() {
    this.#frame?.remove();
    this.#port?.close();
    this.#frame = this.#port = this.#loading = this.#progress = null;
  }
}

/** The one of this document. */
export const runtime = new Runtime();

/** One request, and what has come of it so far. */
class Run {
  unanswered = 0;
  #port = null;
  #timer = 0;
  #heard = 0;
  #asked = false;
  #output = [];
  #pace = 0;
  #flushed = -Infinity;
  #said = "";
  #found = new Map();
  #progress = { schedules: 0, level: 0 };

  constructor(request, handlers) {
    this.request = request;
    this.handlers = handlers;
    const { promise, resolve, reject } = Promise.withResolvers();
    this.result = promise;
    this.resolve = resolve;
    this.fail = reject;
  }

  /** Sends the request; returns the port for the worker. `everySecond` is called as it says. */
  open(everySecond) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#hear(data);
    port1.postMessage(JSON.stringify(this.request));
    this.#heard = performance.now();
    this.#timer = setInterval(() => {
      everySecond();
      this.#listen();
    }, 1000);
    return port2;
  }

  close() {
    this.#port?.close();
    clearInterval(this.#timer);
    clearTimeout(this.#pace);
  }

  /** The interpreter is gone: the result is what is known, as threadlab/api.py gives it. */
  lose(why, kind = "exception") {
    this.#flush();
    const { request } = this;
    if (request.do === "outcomes") {
      const outcomes = [...this.#found.values()];
      const { schedules } = this.#progress;
      this.resolve({ exhaustive: false, why_not: why, schedules, pruned: 0, cut: true, outcomes, lost: why });
      return;
    }
    const outcome = { kind, ending: `${kind}: ${why}`, waits: [] };
    const { schedule } = request;
    this.resolve({ outcome, output: this.#said, schedule, steps: 0, time: 0, lost: why });
  }

  #listen() {
    const silence = SILENCE[this.request.do];
    if (this.#asked || performance.now() - this.#heard < silence) return;
    this.lose(`ended after ${silence / 1000} s of real time without a sign of life`, "step limit");
  }

  #hear(data) {
    this.#heard = performance.now();
    if (data?.lost) {
      this.lose(`the interpreter ended: ${data.lost}`);
      return;
    }
    try {
      this.#take(JSON.parse(data) ?? {});
    } catch (error) {
      this.resolve({ error: "internal", text: error.message });
    }
  }

  /** What the service sends; it throws where that is something else. */
  #take({ output, choose, found, progress, result }) {
    if (output) {
      this.#say(...checked("output", output));
      return;
    }
    this.#flush();
    if (choose) this.#choose(checked("choose", choose));
    if (found) this.#find(checked("found", found));
    if (progress) {
      this.#progress = checked("progress", progress);
      this.handlers.onProgress?.(progress);
    }
    if (result) this.resolve(checked(result.error ? "error" : this.request.do, result));
  }

  #find(found) {
    const key = JSON.stringify([found.ending, found.output]);
    if (this.#found.size >= MOST_FOUND && !this.#found.has(key)) return;
    this.#found.set(key, found);
    this.handlers.onFound?.(found);
  }

  async #choose(question) {
    this.#asked = true;
    try {
      const chosen = await this.handlers.onChoose(question);
      this.#port.postMessage(JSON.stringify({ chosen }));
    } catch (error) {
      this.fail(error);
    }
    this.#asked = false;
    this.#heard = performance.now();
  }

  #say(stream, text) {
    if (stream === "stdout" && this.#said.length < MOST_SAID) this.#said += text;
    const last = this.#output.at(-1);
    if (last?.[0] === stream) last[1] += text;
    else this.#output.push([stream, text]);
    const wait = this.#flushed + PACE - performance.now();
    if (wait <= 0) this.#flush();
    else this.#pace ||= setTimeout(() => this.#flush(), wait);
  }

  #flush() {
    clearTimeout(this.#pace);
    this.#pace = 0;
    this.#flushed = performance.now();
    for (const [stream, text] of this.#output.splice(0)) this.handlers.onOutput?.(stream, text);
  }
}
