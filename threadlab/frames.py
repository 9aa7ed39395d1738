"""The lab's own frames, which a reader of a traceback is not to see."""

import itertools
import sys
import types

OWN = (lambda: None).__code__.co_filename.removesuffix("frames.py")
"""What the names of the lab's own files begin with, as its code has them."""


def forget_own_frames(error: BaseException | None) -> None:
    """Takes the lab's frames out of the traceback of an exception, or of a group and those in it."""
    if error is None:
        return
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            forget_own_frames(each)
    kept: list[types.TracebackType] = []
    step = error.__traceback__
    while step is not None:
        if not step.tb_frame.f_code.co_filename.startswith(OWN):
            kept.append(step)
        step = step.tb_next
    for before, after in itertools.pairwise(kept):
        before.tb_next = after
    if kept:
        kept[-1].tb_next = None
    error.__traceback__ = kept[0] if kept else None


def format_exception(error: BaseException | None = None) -> str:
    """The traceback without the lab's own frames."""
    import traceback  # which a run without an exception need not wait for

    error = error or sys.exception()
    assert error is not None
    shown = traceback.TracebackException.from_exception(error, capture_locals=False)
    todo: list[traceback.TracebackException | None] = [shown]
    while todo:
        each = todo.pop()
        if each is not None:
            kept = [frame for frame in each.stack if not frame.filename.startswith(OWN)]
            each.stack = traceback.StackSummary.from_list(kept)
            todo += [each.__cause__, each.__context__, *(each.exceptions or [])]
    return "".join(shown.format())
