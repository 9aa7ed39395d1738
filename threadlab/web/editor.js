// The editor: CodeMirror 6 with the least that a Python program needs. The build bundles this file; nothing else does.

import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";
import { RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  gutter,
  GutterMarker,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

/** Pixels. */
const ABOVE_CURSOR = 8;

const setMarks = StateEffect.define();
/** The marked lines, and what stands in the margin beside them. */
const marks = StateField.define({
  create: () => ({ lines: Decoration.none, margin: RangeSet.empty }),
  update({ lines, margin }, { changes, effects }) {
    const set = effects.find((effect) => effect.is(setMarks));
    return set?.value ?? { lines: lines.map(changes), margin: margin.map(changes) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ lines }) => lines),
});

/** What stands in the margin beside a marked line: it stays in sight where a long line is scrolled. */
class Margin extends GutterMarker {
  constructor(badges) {
    super();
    this.badges = badges;
  }

  toDOM() {
    const made = document.createElement("div");
    made.append(...this.badges);
    return made;
  }
}

/**
 * After the editor has brought a place into view: out from under the page's header. (Its scrollMargins end at the upper
 * edge of an editor that scrolls sideways.)
 */
function outFromHeader(view, { head }) {
  const header = document.querySelector(".md-header");
  view.requestMeasure({
    read: () => header.getBoundingClientRect().bottom + ABOVE_CURSOR - (view.coordsAtPos(head)?.top ?? Infinity),
    write: (hidden) => hidden > 0 && window.scrollBy({ top: -hidden, behavior: "instant" }),
  });
  return false;
}

const withoutEnd = (text) => text.replace(/\n$/, "");

/**
 * An editor for `text` in the element `parent`, named `label` and described by the element with the id `describedBy`.
 *
 * Each line of its text ends with a newline, so no empty line is shown after the last one. `onChange` is called after
 * each change. `mark` takes what a CodeView's does: [{line, threads, …}] with lines from 1; `decorate` makes the
 * attributes of a marked line from one of them, `badges` the elements in the margin beside it.
 */
export function createEditor(parent, text, { label, describedBy, hint = "", decorate, badges }) {
  const editor = {
    onChange: () => {},
    get text() {
      const { doc } = view.state;
      return doc.length ? `${doc}\n` : "";
    },
    set text(text) {
      const changes = { from: 0, to: view.state.doc.length, insert: withoutEnd(text) };
      // Undone by itself, however fast it came after what was typed.
      view.dispatch({ changes, selection: { anchor: 0 }, annotations: isolateHistory.of("full") });
    },
    mark(lines) {
      const there = lines.filter(({ line }) => line >= 1 && line <= view.state.doc.lines);
      const ranges = (mark) => RangeSet.of(there.map((each) => mark(each).range(view.state.doc.line(each.line).from)), true);
      const line = (each) => Decoration.line({ attributes: decorate(each) });
      view.dispatch({ effects: setMarks.of({ lines: ranges(line), margin: ranges((each) => new Margin(badges(each))) }) });
    },
    /** Goes to `position`, or to where the cursor is, and brings that into view. */
    focus: (position) => {
      view.focus();
      if (position !== undefined) view.dispatch({ selection: { anchor: position } });
      view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head) });
    },
    destroy: () => view.destroy(),
  };
  const view = new EditorView({
    parent,
    doc: withoutEnd(text),
    extensions: [
      gutter({ class: "lab-margin", markers: (view) => view.state.field(marks).margin }),
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
      EditorView.scrollHandler.of(outFromHeader),
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
