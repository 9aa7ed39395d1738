"""Programs that use what the language has: they must do the same with hooks as without."""

PROGRAMS: list[str] = []


def p(source: str) -> None:
    PROGRAMS.append(source)


p("""
class A:
    __x = 1
    def __init__(self): self.__y = 2
    def inc(self):
        self.__y += 5; self.__y *= 2
        A.__x = self.__y
        return self.__y, A.__x
    def dele(self):
        del self.__y
        try: self.__y
        except AttributeError as e: return str(e)
class B(A):
    def __init__(self):
        super().__init__()
        self.z = __class__.__name__
b = B(); print(b.inc(), b.z, b.dele(), sorted(vars(b)))
b.z = 1
""")
p("""
log = []
def f(x): log.append(x); return x
class C:
    def __getitem__(s, k): log.append(('get', k)); return 5
    def __setitem__(s, k, v): log.append(('set', k, v))
    def __delitem__(s, k): log.append(('del', k))
    def __getattr__(s, n): log.append(('ga', n)); return 7
    def __setattr__(s, n, v): log.append(('sa', n, v))
c = C()
def g(): log.append('g'); return c
g()[f(1)] += f(2)
g().attr += f(3)
g()[f(1):f(2)] = f(9)
g()[f(1), f(2):f(3):f(4)]
del g()[f(8)]
g()[f(1)] = g().q = f(4)
g().a, g()[f(2)] = f(1), f(2)
x = y = z = f(3)
(a, *b), g().w = (1, 2, 3), f(5)
print(log, a, b, x, y, z)
""")
p("""
counter = 0
def work():
    global counter, made, a, b
    counter += 1
    counter = counter + 1
    a, (b, *counter2) = 1, (2, 3)
    a = b = made = counter
    for counter in range(3): pass
    print(counter, a, b, made)
    (counter := 10)
    print(counter, [counter := i for i in range(3)], counter)
    with open("/dev/null") as counter: print(type(counter).__name__)
    try: 1/0
    except ZeroDivisionError as counter: print(counter)
    try: print(counter)
    except NameError as e: print(e)
    counter = 4
    del counter
    try: print(counter)
    except NameError as e: print(e)
    import os.path as counter
    print(counter.__name__)
    def counter(): return 3
    class made: pass
work(); print(counter(), made.__name__)
for counter in range(2): pass
for a, b in [(1,2),(3,4)]: pass
print(counter, a, b)
""")
p("""
def outer():
    n = 0
    xs = []
    def inc(by=1):
        nonlocal n
        n += by
        xs.append(n)
        n = n * 2
        return n
    fs = []
    for i in range(3):
        fs.append(lambda: (i, n))
    inc(); inc(3)
    def kill():
        nonlocal n
        del n
    r = [f() for f in fs]
    kill()
    try: fs[0]()
    except NameError as e: r.append(str(e))
    n = 5
    return r, xs, n, [ (lambda: j)() for j in range(3)], {k: v for k, v in zip("ab", range(2))}
print(outer())
""")
p("""
def gen(n):
    x = 0
    try:
        while x < n:
            y = yield x
            if y: x += y
            x += 1
        else:
            yield "else"
    finally:
        print("fin")
    return 9
g = gen(4); print(next(g), g.send(2), list(g))
def d(): r = yield from gen(2); print("r", r)
print(list(d()))
print(sum(x for x in gen(3) if x != "else"))
it = iter([1,2,3,4]); a, b = next(it), next(it); print(a, b, *it)
def ctx():
    for i in [1,2,3]:
        if i == 2: continue
        yield i
    else: yield "e"
print([*ctx()], {**{"a": 1}, "b": 2}, (lambda *a, **k: (a, k))(*[1,2], **{"z": 3}))
""")
p("""
import asyncio
class AC:
    async def __aenter__(self): print("in"); return 5
    async def __aexit__(self, *a): print("out")
class AI:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 3: raise StopAsyncIteration
        return self.n
async def main():
    async with AC() as x: print(x)
    async for i in AI(): print(i)
    print([i async for i in AI() if i != 2], {await co(i): i for i in range(2)})
    d = {}
    d[await co(1)] = await co(2)
    d[await co(1)] += await co(3)
    print(d)
async def co(x): return x
try: main().send(None)
except StopIteration: pass
""")
p("""
def m(x):
    match x:
        case {"k": v, **rest}: return "map", v, rest
        case [a, *b] if b: return "seq", a, b
        case int() | str() as n: return "scalar", n
        case Point(x=0, y=yy): return "pt", yy
        case _: return "other"
from dataclasses import dataclass, field
@dataclass
class Point:
    x: int
    y: int = 3
    z: list = field(default_factory=list)
    def add(self, n: int) -> "Point":
        self.x += n; self.z.append(n); self.z += [n]; self.z[0] += 1
        return self
print(m({"k": 1, "z": 2}), m([1, 2]), m(5), m("s"), m(Point(0)), m([1]), m(Point(1).add(-1)), Point(1).add(2), Point(1) == Point(1))
""")
p("""
import functools, contextlib
calls = []
def deco(a):
    def w(f):
        @functools.wraps(f)
        def inner(*args, **kw):
            calls.append((a, f.__name__)); return f(*args, **kw)
        return inner
    return w
@deco(1)
@deco(calls)
def f(x, /, y=2, *a, z: int = 3, **k) -> int:
    "doc"
    return x, y, a, z, k
print(f(1), f(1, 2, 3, z=4, w=5), f.__doc__, f.__name__, len(calls), f.__wrapped__.__wrapped__.__annotations__)
class P:
    _v = 1
    @property
    def v(self): return self._v
    @v.setter
    def v(self, n): self._v = n
    @v.deleter
    def v(self): self._v = None
    @classmethod
    def make(cls): return cls()
    @staticmethod
    def s(): return "s"
    v2 = property(lambda self: self.v + 1)
p = P.make(); p.v += 2; p.v = p.v + 1; print(p.v, p.v2, p.s()); del p.v; print(p.v)
@contextlib.contextmanager
def cm():
    print("enter")
    try: yield 1
    except ValueError as e: print("caught", e)
    finally: print("exit")
with cm() as a, cm() as b:
    raise ValueError(a + b)
""")
p("""
def f(n):
    try:
        for i in range(n):
            try:
                if i == 2: raise KeyError(i)
                if i == 1: continue
                if i == 5: break
            except KeyError as e:
                print("k", e)
            else: print("else", i)
            finally: print("fin", i)
        else: return "done"
        return "broke"
    finally: print("end")
print(f(3), f(9))
try:
    try: [][1]
    except IndexError as e: raise ValueError("x") from e
except ValueError as e: print(e, repr(e.__cause__), e.__traceback__.tb_lineno)
try:
    raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
except* ValueError as eg: print(eg.exceptions)
except* TypeError as eg: print(eg.exceptions)
def t(): 
    x = [1]
    return x[3]
import traceback, sys
try: t()
except IndexError:
    print([ (fr.name, fr.lineno) for fr in traceback.extract_tb(sys.exc_info()[2]) if "threadlab" not in fr.filename])
i = 0
while i < 5:
    i += 1
    if i == 3: continue
    if i == 9: break
else: print("while-else", i)
while True:
    i -= 1
    if not i: break
assert i == 0, "no"
try: assert [], f"msg {i}"
except AssertionError as e: print(e)
""")
p("""
xs = [3, 1, 2]; d = {"a": 1}; s = {1}
def go():
    global xs
    xs += [4]; xs.sort(key=lambda v: -v); d["b"] = 2; d["a"] += 1; s.add(2); s.discard(1)
    del xs[0], d["b"]
    xs[1:] = [9, 8]; xs *= 2
    return len(xs), 3 in xs, "a" in d, 1 not in s, not xs, bool(d), xs and 1, [] or xs, d.get("z", 5), sorted(xs), max(xs), sum(xs)
print(go(), xs, d, s, f"{xs!r:>20} {d['a']:03} {len(xs)=}", "%s %d" % (xs, 3), "%s" % xs)
print(xs == [1], xs != d, xs < [99], 1 < 2 < 3, 1 in xs in [xs], xs is xs, xs + [1], xs * 2, -len(xs), ~3, d | {"q": 1}, s & {2})
for k, v in d.items(): print(k, v)
for i, x in enumerate(xs): xs[i] = x + 1
print(xs, list(map(str, xs)), [*zip(xs, "ab")], dict(zip("ab", xs)), tuple(xs), list(reversed(xs)))
try:
    for k in d: d[k + "x"] = 1
except RuntimeError as e: print(e)
a, b, *c = xs
a, b = b, a
print(a, b, c, xs[-1], xs[::2], xs[-2:], "abc"[1:], (1, 2)[0], [x for x in xs if x if x > 2])
print(globals()["__name__"], sorted(n for n in dir() if n.startswith("__tl")), type(__builtins__).__name__ in ("module", "dict"))
""")
p("""
class Meta(type):
    def __new__(m, n, b, d, **k): c = super().__new__(m, n, b, d); c.k = k; return c
    def __getitem__(c, i): return (c.__name__, i)
class X(metaclass=Meta, kw=3):
    a = 1
    b = [a for _ in range(2)]
    c = a + 1
    a += 1
    for q in range(2): c += q
    def m(self): return __class__, self.a
    class Y:
        __z = 4
        def g(self): return self.__z
    def __init_subclass__(cls, **k): cls.sub = k
class Z(X): pass
print(X.k, X[3], X.a, X.b, X.c, X().m()[1], X.Y().g(), Z.sub)
def generic[T](x: T) -> T: return x
class G[T]:
    def f(self, x: T) -> T: return x
type Al[T] = list[T]
print(generic(1), G[int]().f(2), Al.__name__, list[int], dict[str, int])
class S:
    __slots__ = ("a", "__b")
    def __init__(self): self.a = 1; self.__b = 2
    def t(self): self.a += 1; self.__b += 1; return self.a, self.__b
print(S().t())
x: int = 3
y: "undefined"
class An:
    f: int = 1
    g: list[int]
print(x, An.__annotations__ is not None)
print((lambda a, b=x, *c, d=2, **e: (a, b, c, d, e))(1))
""")
p("""
class M:
    def __repr__(self): return 'M'
    def __iadd__(self, o): print("iadd", o); return self
    def __matmul__(self, o): return ("mm", o)
    def __contains__(self, o): print("contains"); return True
    def __bool__(self): print("bool"); return False
    def __len__(self): return 3
    def __iter__(self): print("iter"); return iter([1, 2])
    def __eq__(self, o): print("eq"); return NotImplemented
    def __call__(self, *a): return a
    def __enter__(self): return self
    def __exit__(self, *a): return True
    __hash__ = None
m = M()
def f():
    global m
    m += 1
    print(m @ 2, 1 in m, 1 not in m, not m, m or 5, m and 6, 1 if m else 2, len(m), [*m], m == 3, m != 3, m(1, 2))
    with m as q: raise ValueError
    a, b = m
    while m: pass
    if m: print("no")
    print(a, b, f"{m.__class__.__name__}")
    x = [m]
    x[0] += 4
    m.attr = 1; m.attr += 1; print(m.attr)
    try: m.missing += 1
    except AttributeError as e: print(e)
    try: m[0]
    except TypeError as e: print(e)
    try: m[0] = 1
    except TypeError as e: print(e)
    try: undefined
    except NameError as e: print(e)
    try:
        print(loc); loc = 1
    except UnboundLocalError as e: print(e)
    try:
        lo2 += m; 
    except UnboundLocalError as e: print(e)
f()
def locals_test(a, b=2):
    c = a; c += b
    return locals()
print(locals_test(1))
print(eval("1 + 1"), [eval("k") for k in range(2)])
exec("zz = 3"); print(zz)
import sys
def fr(): return sys._getframe(1).f_code.co_name
def caller(): return fr()
print(caller())
""")
