"""Modules put back into the state that they had after their import."""

import types
from operator import ne
from typing import Any


class ModuleState:
    """What a module was right after its import."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module
        self._names = dict(vars(module))
        self._contents = [
            (value, copied)
            for name, value in self._names.items()
            if name[:2] != "__" and (copied := _copied(value)) is not None
        ]
        """The containers, and what was in them."""
        self._classes = [
            value for value in self._names.values() if isinstance(value, type) and value.__module__ == module.__name__
        ]
        self._attributes = [vars(owner) for owner in self._classes]
        self._attributes_then = [dict(attributes) for attributes in self._attributes]

    def restore(self) -> None:
        names = vars(self._module)
        if names != self._names:
            for name in names.keys() - self._names.keys():
                del names[name]
            names.update(self._names)
        for value, content in self._contents:
            if len(value) or content:
                value.clear()
                (value.extend if type(value) is list else value.update)(content)
        # Quick where nothing has changed: dictionaries look first whether each value is the same object.
        if any(map(ne, self._attributes, self._attributes_then)):
            for owner, now, then in zip(self._classes, self._attributes, self._attributes_then, strict=True):
                for key in now.keys() - then.keys():
                    delattr(owner, key)
                for key, value in then.items():
                    if now.get(key) is not value:
                        setattr(owner, key, value)


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in (list, dict, set):
        return value.copy()
    # A WeakSet is left alone: threading's only one, _dangling, which its tests look at, empties itself.
    return dict(value) if kind.__name__ in ("WeakKeyDictionary", "WeakValueDictionary") else None
