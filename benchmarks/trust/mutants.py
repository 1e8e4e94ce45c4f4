"""Make mutants of a source file: one small change each, such as ``<=`` in place of ``<``.

What is changed: comparisons, ``and`` and ``or``, conditions, arithmetic, numbers, bytes, truth
values, returned values, arguments that change places or are left out, and statements that are left
out.  What is not: annotations, docstrings, decorators, texts, which are mostly messages, limits
that no real file comes near, and what changes nothing by its nature: two arguments of ``max`` that
change places, ``strict`` of a ``zip``.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_COMPARISONS = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
}  # fmt: skip
_FLIPPED = (ast.Compare, ast.UnaryOp)
# calls whose first two arguments may change places
_SYMMETRIC = frozenset(
    {"max", "min", "maximum", "minimum", "samestat", "suppress", "isinstance", "zip"}
)
_LONGEST_TEXT = 120
_LIMITS = ("MOST_", "LEAST_", "FEWEST_", "COPIES_ALLOWED", "LARGEST_")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Change = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        path: The file, from the root of the repository.
        number: Its number among the mutants of that file as it is now.
        name: Where and what, without line numbers: the same as long as that code is.
        first_line: First line of the statement that is changed.
        last_line: Its last line; of a compound statement, that of its head.
        in_function: It changes the body of a function, not what a module or a class defines.
    """

    path: str
    number: int
    name: str
    first_line: int
    last_line: int
    in_function: bool


def mutants_of(path: str) -> list[Mutant]:
    """List all mutants of a file, in the order of the source."""
    tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for number, change in enumerate(_changes(tree)):
        text = f"{path}: {change.function or 'module'}: {change.text}"
        seen[text] += 1
        name = f"{text} (no. {seen[text]})" if seen[text] > 1 else text
        first, last = _lines(change.statement)
        found.append(Mutant(path, number, name, first, last, change.in_function))
    return found


def sample(path: str, count: int, seed: str = "1") -> list[Mutant]:
    """Choose mutants of a file by their names alone, so that the choice survives other edits."""
    found = sorted(
        mutants_of(path), key=lambda one: hashlib.sha256(f"{seed} {one.name}".encode()).digest()
    )
    return sorted(found[:count], key=lambda one: one.number)


def mutated(path: str, number: int) -> ast.Module:
    """Parse a file with one change in it."""
    tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
    for at, change in enumerate(_changes(tree)):
        if at == number:
            change.apply()
            return ast.fix_missing_locations(tree)
    raise IndexError(f"{path} has no mutant {number}")


@dataclass(frozen=True)
class _Change:
    function: str
    statement: ast.stmt
    in_function: bool
    text: str
    apply: Change


def _lines(statement: ast.stmt) -> tuple[int, int]:
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return statement.lineno, max(statement.lineno, body[0].lineno - 1)
    return statement.lineno, statement.end_lineno or statement.lineno


def _changes(tree: ast.Module) -> Iterator[_Change]:
    yield from _Walk().block(tree.body)


class _Walk:
    """Walks the statements; knows which function they belong to."""

    def __init__(self, names: tuple[str, ...] = (), *, in_function: bool = False) -> None:
        self._names, self._in_function = names, in_function

    def block(self, body: list[ast.stmt]) -> Iterator[_Change]:
        for place, statement in enumerate(body):
            yield from self._statement(statement)
            removed = _without(statement)
            if removed is not None:
                text = f"`{_shown(statement)}` left out"
                yield self._change(statement, text, _setter(body, place, removed))

    def _statement(self, statement: ast.stmt) -> Iterator[_Change]:
        if isinstance(statement, _FUNCTIONS):
            for default in [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]:
                yield from self._expressions(statement, default, statement.args)
            inner = _Walk((*self._names, statement.name), in_function=True)
            yield from inner.block(statement.body)
        elif isinstance(statement, ast.ClassDef):
            inner = _Walk((*self._names, statement.name), in_function=self._in_function)
            yield from inner.block(statement.body)
        elif _is_passed_over(statement):
            return
        else:
            yield from self._own_expressions(statement)
            for name in ("body", "orelse", "finalbody"):
                yield from self.block(getattr(statement, name, []))
            for handler in getattr(statement, "handlers", []):
                yield from self.block(handler.body)
            for case in getattr(statement, "cases", []):
                yield from self.block(case.body)

    def _own_expressions(self, statement: ast.stmt) -> Iterator[_Change]:
        # of a comparison alone, the opposite comparison is the same
        if isinstance(statement, (ast.If, ast.While)) and not isinstance(statement.test, _FLIPPED):
            yield self._negated(statement)
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield from self._returned(statement)
        if isinstance(statement, ast.AnnAssign):
            if statement.value is not None:
                yield from self._expressions(statement, statement.value, statement)
            return
        if isinstance(statement, ast.AugAssign) and type(statement.op) in _OPERATORS:
            yield self._operator(statement, statement)
        for _, value in ast.iter_fields(statement):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, (ast.expr, ast.withitem)):
                    yield from self._expressions(statement, child, statement)

    def _expressions(
        self, statement: ast.stmt, node: ast.AST, parent: ast.AST
    ) -> Iterator[_Change]:
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.keyword) and node.arg == "strict"
        ):
            return
        yield from self._node(statement, node, parent)
        for child in ast.iter_child_nodes(node):
            yield from self._expressions(statement, child, node)

    def _node(self, statement: ast.stmt, node: ast.AST, parent: ast.AST) -> Iterator[_Change]:
        if isinstance(node, ast.Compare):
            for place, operator in enumerate(node.ops):
                new = _COMPARISONS[type(operator)]()
                yield self._edit(statement, node, _setter(node.ops, place, new))
        elif isinstance(node, ast.BoolOp):
            new = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield self._edit(statement, node, _attribute(node, "op", new))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
            yield self._replaced(statement, node, parent, node.operand)
        elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not _is_text(node):
            yield self._operator(statement, node)
        elif isinstance(node, ast.IfExp):
            negated = ast.UnaryOp(ast.Not(), node.test)
            yield self._edit(statement, node, _attribute(node, "test", negated))
        elif isinstance(node, ast.Constant):
            yield from self._constant(statement, node)
        elif isinstance(node, ast.Call):
            yield from self._call(statement, node)

    def _call(self, statement: ast.stmt, node: ast.Call) -> Iterator[_Change]:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        first = node.args[:2]
        differ = len({ast.dump(one) for one in first}) == 2
        swapped = differ and name not in _SYMMETRIC
        if swapped and not any(isinstance(one, (ast.Starred, ast.Constant)) for one in first):
            yield self._edit(
                statement, node, _attribute(node, "args", [*first[::-1], *node.args[2:]])
            )
        for keyword in node.keywords:
            if keyword.arg not in {None, "strict"}:
                rest = [one for one in node.keywords if one is not keyword]
                yield self._edit(statement, node, _attribute(node, "keywords", rest))

    def _constant(self, statement: ast.stmt, node: ast.Constant) -> Iterator[_Change]:
        value = node.value
        if isinstance(value, bool):
            yield self._edit(statement, node, _attribute(node, "value", not value))
        elif isinstance(value, int):
            yield self._edit(statement, node, _attribute(node, "value", value + 1))
        elif isinstance(value, float):
            yield self._edit(statement, node, _attribute(node, "value", value * 1.5 + 0.5))
        elif isinstance(value, bytes) and value:
            last = bytes([value[-1] ^ 1])
            yield self._edit(statement, node, _attribute(node, "value", value[:-1] + last))

    def _negated(self, statement: ast.If | ast.While) -> _Change:
        text = f"`{_shown(statement.test)}` negated"
        negated = ast.copy_location(ast.UnaryOp(ast.Not(), statement.test), statement.test)
        return self._change(statement, text, _attribute(statement, "test", negated))

    def _returned(self, statement: ast.Return) -> Iterator[_Change]:
        value = statement.value
        if isinstance(value, ast.Constant):  # None, or changed as a constant
            return
        text = f"`{_shown(statement)}` returns None"
        nothing = ast.copy_location(ast.Constant(None), statement)
        yield self._change(statement, text, _attribute(statement, "value", nothing))

    def _operator(self, statement: ast.stmt, node: ast.BinOp | ast.AugAssign) -> _Change:
        return self._edit(statement, node, _attribute(node, "op", _OPERATORS[type(node.op)]()))

    def _replaced(
        self, statement: ast.stmt, node: ast.expr, parent: ast.AST, new: ast.expr
    ) -> _Change:
        text = f"`{_shown(node)}` → `{_shown(new)}` in `{_shown(statement)}`"
        return self._change(statement, text, lambda: _put(parent, node, new))

    def _edit(self, statement: ast.stmt, node: ast.AST, apply: Change) -> _Change:
        before = _shown(node)
        after = _shown(_changed_copy(node, apply))
        where = _shown(statement)
        text = f"`{before}` → `{after}`" + (f" in `{where}`" if len(before) < 40 else "")
        return self._change(statement, text, apply)

    def _change(self, statement: ast.stmt, text: str, apply: Change) -> _Change:
        return _Change(".".join(self._names), statement, self._in_function, text, apply)


def _is_passed_over(statement: ast.stmt) -> bool:
    """Tell whether a statement is an import, for types alone, or a limit far from real files."""
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)):
        return True
    if isinstance(statement, ast.If):
        return "TYPE_CHECKING" in ast.unparse(statement.test)
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return any(
        isinstance(node, ast.Name) and node.id.lstrip("_").startswith(_LIMITS)
        for target in targets
        if isinstance(target, ast.AST)
        for node in ast.walk(target)
    )


def _without(statement: ast.stmt) -> ast.stmt | None:
    """Return what stands for a statement that is left out; None if leaving it out says nothing."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return None
    telling = (ast.Expr, ast.AugAssign, ast.Raise, ast.Delete)
    leaves = isinstance(statement, telling) or (
        isinstance(statement, ast.Assign)
        and all(isinstance(one, (ast.Attribute, ast.Subscript)) for one in statement.targets)
    )
    if leaves:
        return ast.copy_location(ast.Pass(), statement)
    if isinstance(statement, ast.Continue):
        return ast.copy_location(ast.Break(), statement)
    if isinstance(statement, ast.Break):
        return ast.copy_location(ast.Continue(), statement)
    return None


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _shown(node: ast.AST) -> str:
    head = node
    if isinstance(node, ast.stmt) and isinstance(getattr(node, "body", None), list):
        head = copy.copy(node)
        head.body = [ast.Pass()]  # type: ignore[attr-defined]
        for name in ("orelse", "finalbody", "decorator_list"):
            if hasattr(head, name):
                setattr(head, name, [])
        if isinstance(head, ast.Try):
            head = ast.Pass()
        text = ast.unparse(ast.fix_missing_locations(head)).partition("\n")[0].rstrip(":")
    else:
        text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(head))).split())
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _changed_copy(node: ast.AST, apply: Change) -> ast.AST:
    """Return a copy of a node with a change that is made to the node itself, and taken back."""
    undo: Callable[[], None] = apply.undo  # type: ignore[attr-defined]
    apply()
    try:
        return copy.deepcopy(node)
    finally:
        undo()


class _setter:  # noqa: N801 - used as a function
    """Puts a value in a list."""

    def __init__(self, items: list, place: int, new: object) -> None:
        self._items, self._place, self._new, self._old = items, place, new, items[place]

    def __call__(self) -> None:
        self._items[self._place] = self._new

    def undo(self) -> None:
        self._items[self._place] = self._old


class _attribute:  # noqa: N801 - used as a function
    """Sets an attribute of a node."""

    def __init__(self, node: ast.AST, name: str, new: object) -> None:
        self._node, self._name, self._new, self._old = node, name, new, getattr(node, name)

    def __call__(self) -> None:
        setattr(self._node, self._name, self._new)

    def undo(self) -> None:
        setattr(self._node, self._name, self._old)


def _put(parent: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for name, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, name, new)
        elif isinstance(value, list):
            value[:] = [new if one is old else one for one in value]
