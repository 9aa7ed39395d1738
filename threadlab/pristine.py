"""Modules put back into the state that they had after their import."""

import types
from operator import ne
from typing import Any


class ModuleState:
    """What a module was right after its import."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module
        self._names = dict(vars(module))
        containers = [_container(value) for name, value in self._names.items() if name[:2] != "__"]
        self._contents = [(each, each.copy()) for each in containers if each is not None]
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


def _container(value: Any) -> Any:
    """The list, dictionary or set that `value` is or, where it is a weak one, keeps its references in; else None."""
    if type(value).__name__ in ("WeakSet", "WeakKeyDictionary", "WeakValueDictionary"):
        return value.data
    return value if type(value) in (list, dict, set) else None
