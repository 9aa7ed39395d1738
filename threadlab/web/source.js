// The program of a lab as it stands: the published one, or what the reader has made of it in the editor.

import { badges, decorate } from "./code.js";
import { noNetwork } from "./lack.js";
import { element } from "./parts.js";

let editors = 0;

export class Source {
  /** `block` shows the `published` {name, hash, filename, program}; `still` is the view in which lines are marked there. */
  constructor(block, still, published) {
    this.block = block;
    this.still = still;
    this.published = published;
    this.editor = null;
    this.onChange = () => {};
    this.onOpen = () => {};
  }

  get text() {
    return (this.editor ?? this.#shown).text ?? this.published.program;
  }

  get edited() {
    return this.text !== this.published.program;
  }

  /** Where the player marks lines: the editor, or what was there before it. */
  get view() {
    return this.editor ?? this.still;
  }

  /** Puts the editor, loaded now, in the place of what showed the program. */
  async open() {
    this.opening ??= this.#open();
    await this.opening;
  }

  /** Another text in the editor. */
  async replace(text) {
    await this.open();
    if (this.editor.text !== text) this.editor.text = text;
  }

  /** Another program of the site. */
  async publish(published) {
    this.published = published;
    await this.replace(published.program);
  }

  close() {
    this.editor?.destroy();
  }

  /** The block or, on a page of its own, a text area. */
  get #shown() {
    const area = this.block.querySelector("textarea");
    const text = area?.value && `${area.value}\n`;
    return { element: area ?? this.block.querySelector(".highlight"), text, focus: area?.selectionStart };
  }

  async #open() {
    try {
      const { createEditor } = await import("./editor.js").catch(noNetwork("the editor"));
      this.#place(createEditor);
    } catch (error) {
      this.opening = null; // another click tries again
      throw error;
    }
  }

  #place(createEditor) {
    const { element: shown, text, focus } = this.#shown;
    const id = `lab-editor-${++editors}`;
    const parent = element("div", { className: "lab-editor" });
    const hint = "Tab indents. To leave the editor with the keyboard, press Escape, then Tab.";
    const inFocus = shown.contains(document.activeElement);
    shown.before(parent, element("p", { className: "lab-hint with-keys", id }, hint));
    this.still.mark([]);
    this.editor = createEditor(parent, text ?? this.published.program, {
      label: this.published.program ? `Program ${this.published.filename}` : "Program", // the workbench's changes
      describedBy: id,
      decorate,
      badges,
      hint: "Type a program here, or start from one of the site's.",
    });
    shown.hidden = true;
    if (inFocus) this.editor.focus(focus);
    this.editor.onChange = () => this.onChange();
    this.onOpen();
  }
}
