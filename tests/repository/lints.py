"""House rules that no linter of ours knows, as functions over text; each returns what is wrong, one line each."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50

_NOT_OURS = {"node_modules", "__pycache__"}


def files(suffix: str, *folders: str) -> list[Path]:
    """Files with this suffix, below these folders or anywhere; none in hidden folders or ``var``."""
    found = []
    for start in [ROOT / folder for folder in folders] or [ROOT]:
        for path in start.rglob(f"*{suffix}"):
            parts = path.relative_to(ROOT).parts
            if parts[0] != "var" and not any(part.startswith(".") or part in _NOT_OURS for part in parts):
                found.append(path)
    return sorted(found)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- size ---------------------------------------------------------------------------------------------


def long_file(source: str) -> list[str]:
    count = len(source.splitlines())
    return [f"has {count} lines, allowed are {MAX_FILE_LINES}"] if count > MAX_FILE_LINES else []


def long_functions(source: str) -> list[str]:
    """Functions and methods with too many lines from ``def`` to their end, docstring included."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if count > MAX_FUNCTION_LINES:
                wrong.append(
                    f"line {node.lineno}: {node.name} has {count} lines, allowed are {MAX_FUNCTION_LINES}"
                )
    return wrong


# --- exceptions ---------------------------------------------------------------------------------------

_BROAD = {"Exception", "BaseException"}


def swallowed_exceptions(source: str) -> list[str]:
    """Handlers that take every exception and neither raise again on every path nor put it into a future."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _passes_on(node):
            what = ast.unparse(node.type) if node.type else "everything"
            wrong.append(f"line {node.lineno}: catches {what} and goes on")
        elif isinstance(node, ast.Call) and _suppresses_everything(node):
            wrong.append(f"line {node.lineno}: suppresses every exception")
    return wrong


def _is_broad(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(each, ast.Name) and each.id in _BROAD for each in kinds)


def _passes_on(handler: ast.ExceptHandler) -> bool:
    return _raises(handler.body) or any(
        isinstance(statement, ast.Expr) and ast.unparse(statement).endswith(f".set_exception({handler.name})")
        for statement in handler.body
    )


def _raises(body: Sequence[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _raises(last.body) and _raises(last.orelse)
    return isinstance(last, ast.Raise)


def _suppresses_everything(call: ast.Call) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return called == "suppress" and any(_is_broad(argument) for argument in call.args)


# --- GStreamer ----------------------------------------------------------------------------------------


def gstreamer_imports(source: str) -> list[str]:
    """Imports of GStreamer's binding."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        else:
            continue
        if any(module.split(".")[0] == "gi" for module in modules):
            wrong.append(f"line {node.lineno}: imports gi")
    return wrong


# --- texts --------------------------------------------------------------------------------------------

# Spelt apart, so that this file does not hold what it looks for.
_MACHINE_BOUND = {
    "a package registry's host": r"pypi\.(?:org|python)|pythonhosted\."
    + r"org|deb\.debian\."
    + r"org|registry\.npmjs",
    "an index option": r"--(?:extra-)?index" + r"-url|--find" + r"-links",
    "a path of one machine": r"(?<![\w.])/(?:work|home/\w+|root)" + r"/\w",
}


def machine_bound_words(text: str) -> list[str]:
    """Words that are true of one machine only: hosts of package registries, folders of developers."""
    return [
        f"line {number}: {what}: {match[0]}"
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in _MACHINE_BOUND.items()
        for match in re.finditer(pattern, line)
    ]


_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def broken_links(text: str, path: Path) -> list[str]:
    """Links of a Markdown file to files or headings of this checkout that are not there."""
    wrong = []
    for target in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        if not linked.exists():
            wrong.append(f"links to {target}, which does not exist")
        elif heading and heading not in _headings(text if linked == path else linked.read_text()):
            wrong.append(f"links to {target}, which has no such heading")
    return wrong


def _headings(text: str) -> Iterator[str]:
    for line in _FENCE.sub("", text).splitlines():
        if line.startswith("#"):
            title = line.lstrip("#").strip().lower()
            yield re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title))
