// On the workbench: the programs of the site, to start from.

import { noNetwork } from "./lack.js";

export const NO_PROGRAM = { name: "program.py", hash: "", filename: "program.py", program: "" };

export class Programs {
  #base;
  #select;
  #all = null;

  /** `root` has the list of their names; `base` leads to the site's root. */
  constructor(root, base) {
    this.#base = base;
    this.#select = root.querySelector("select");
  }

  /** The program that is chosen in the list, as `find` gives it. */
  chosen() {
    return this.#select.value ? this.find(this.#select.value) : NO_PROGRAM;
  }

  /** The list says which program is in the editor; one that it does not have counts as empty. */
  show({ name }) {
    this.#select.value = name;
    if (this.#select.selectedIndex < 0) this.#select.value = "";
  }

  /** {name, hash, filename, program} of the program `name`; null if the site has none. */
  async find(name) {
    this.#all ??= await this.#fetch();
    return this.#all.find((each) => each.name === name) ?? null;
  }

  async #fetch() {
    const response = await fetch(`${this.#base}assets/lab/programs.json`).catch(noNetwork("the list of programs"));
    if (!response.ok) throw new Error(`the list of programs cannot be fetched (${response.status})`);
    return response.json();
  }
}
