"""Every error of the API can be told in both languages of the pages."""

import ast
import re
from collections.abc import Iterator

from gstnvr.api.common.errors import REFUSALS
from tests.repository.lints import ROOT, files

TEXTS = ROOT / "web/src/i18n/errors.ts"
ELSEWHERE = {"not_found", "method_not_allowed", "no_answer"}
"""Names of statuses, and what the pages say where nothing was answered."""
CODE_AT = {"RefusedError": 1, "error_response": 1}
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def codes_of(tree: ast.Module) -> Iterator[str]:
    """All that stand in calls that make an error."""
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if called in CODE_AT:
            yield from constants(call.args[CODE_AT[called]])
        for keyword in call.keywords:
            if called == "ErrorDetail" and keyword.arg == "code":
                yield from constants(keyword.value)
    for item in [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]:
        for key, value in zip(item.keys, item.values, strict=True):
            named = isinstance(key, ast.Constant) and key.value == "code"
            if named or (isinstance(key, ast.Name) and key.id.endswith("Error")):
                yield from constants(value)


def constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
        yield node.value


def test_no_code_of_an_error_is_without_a_korean_text() -> None:
    sources = files(".py", "src/gstnvr/api")
    codes = {code for path in sources for code in codes_of(ast.parse(path.read_text()))}
    codes |= {code for _, code in REFUSALS.values()} | ELSEWHERE
    written = dict(re.findall(r'^  (\w+): "([^"]*)",$', TEXTS.read_text(), re.MULTILINE))
    assert len(codes) > 50
    assert set(written) == codes
    assert all(re.search("[가-힣]", text) for text in written.values())
