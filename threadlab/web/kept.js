// The reader's own program, kept as long as the tab: whoever reloads the page or comes back to it finds it there.

/** Where the browser keeps nothing for us: until the next reload. */
const here = new Map();

export class Kept {
  #key;

  /** Of the lab that shows the program `name` on the page that is open now. */
  constructor(name) {
    this.#key = `thread-lab ${location.pathname} ${name}`;
  }

  /** {name, program}: whose edit it is, and the edited program; null if there is none. */
  get() {
    try {
      return JSON.parse(here.get(this.#key) ?? sessionStorage.getItem(this.#key));
    } catch {
      return null; // the reader has forbidden it
    }
  }

  set(name, program) {
    const text = JSON.stringify({ name, program });
    here.set(this.#key, text);
    try {
      sessionStorage.setItem(this.#key, text);
    } catch {
      // It is forbidden, or there is no room.
    }
  }

  forget() {
    here.delete(this.#key);
    try {
      sessionStorage.removeItem(this.#key);
    } catch {
      // Then nothing is there.
    }
  }
}
