// The controls of a lab's live part until one is used: little, because every page with a lab loads it.

import { Kept } from "./kept.js";
import { lack, NoNetwork, noNetwork } from "./lack.js";

const JSPI = ["Suspending", "promising"].every((name) => name in WebAssembly);
const MISSING =
  "To run programs here, this browser lacks WebAssembly JSPI. Chrome or Edge 137 or newer has it; " +
  "the recorded runs play in any browser.";

export class Controls {
  #lab;
  #live = null;
  #connected = new AbortController();

  /** `lab`: a <thread-lab> that is in the page, until `disconnect`. */
  constructor(lab) {
    this.#lab = lab;
    this.kept = new Kept(lab.published.name);
    const { signal } = this.#connected;
    if (this.kept.get()) this.live().catch((error) => this.fail(error));
    openAddress();
    lab.addEventListener("click", ({ target }) => this.#click(target.closest("[data-action]")), { signal });
    // The workbench's text area: the editor comes when the reader turns to it.
    const area = lab.querySelector(".snippet textarea");
    const runs = lab.querySelector(".lab-runs");
    if (!runs) return;
    if (!JSPI) lack(runs, MISSING);
    else area?.addEventListener("focus", () => this.act("edit"), { signal });
  }

  /** What is behind the controls, loaded now. Where that fails, the next call tries again. */
  live() {
    this.#live ??= import("./live.js").then(({ Live }) => new Live(this.#lab, this.kept), noNetwork("Python"));
    this.#live.catch(() => (this.#live = null));
    return this.#live;
  }

  async act(action) {
    try {
      await (await this.live()).act(action);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The lab has left the page: its run ends. */
  disconnect() {
    this.#connected.abort();
    this.#live?.then((live) => live.close()).catch(() => {}); // the reader has been told
  }

  #click(button) {
    if (button && button.getAttribute("aria-disabled") !== "true") this.act(button.dataset.action);
  }

  /** Says what went wrong, and where in the console, while the live part cannot. */
  fail(error) {
    if (!(error instanceof NoNetwork)) reportError(error);
    const said = this.#lab.querySelector(".lab-live .lab-said");
    if (said) said.textContent = error.message;
  }
}

let opening = false;

/** Once for all labs that are new: an address is meant for one of them. */
async function openAddress() {
  if (opening || !location.hash.startsWith("#lab=")) return;
  opening = true;
  await null;
  opening = false;
  const labs = [...document.querySelectorAll("thread-lab")];
  try {
    await (await import("./open.js").catch(noNetwork("what shows the address"))).openAddress(location.hash, labs);
  } catch (error) {
    labs[0]?.controls.fail(error);
  }
}

addEventListener("hashchange", openAddress);
