// The editor: CodeMirror 6 with the least that a Python program needs. The build bundles this file; nothing else does.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const setMarks = StateEffect.define();
const marks = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setMarks)) return effect.value;
    return value.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * An editor for `text` in the element `parent`, named `label` and described by the element with the id `describedBy`.
 *
 * `onChange` is called after each change. `mark` takes what a CodeView's does: [{line, threads, …}] with lines from 1;
 * `decorate` makes the attributes of a marked line from one of them.
 */
export function createEditor(parent, text, { label, describedBy, hint = "", decorate }) {
  const editor = {
    onChange: () => {},
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    },
    mark(lines) {
      const there = lines.filter(({ line }) => line >= 1 && line <= view.state.doc.lines);
      const ranges = there.map((each) =>
        Decoration.line({ attributes: decorate(each) }).range(view.state.doc.line(each.line).from),
      );
      view.dispatch({ effects: setMarks.of(Decoration.set(ranges, true)) });
    },
    focus: (position) => {
      view.focus();
      if (position !== undefined) view.dispatch({ selection: { anchor: position }, scrollIntoView: true });
    },
    destroy: () => view.destroy(),
  };
  const view = new EditorView({
    parent,
    doc: text,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      indentUnit.of("    "),
      indentOnInput(),
      bracketMatching(),
      pythonLanguage,
      syntaxHighlighting(classHighlighter),
      keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      placeholder(hint),
      marks,
      EditorView.contentAttributes.of({
        "aria-label": label,
        "aria-describedby": describedBy,
        spellcheck: "false",
        tabindex: "0",
      }),
      EditorView.updateListener.of(({ docChanged }) => docChanged && editor.onChange()),
    ],
  });
  return editor;
}
