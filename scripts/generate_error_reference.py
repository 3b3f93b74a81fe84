"""Writes docs/reference/errors.md from the error classes and the contracts.

python scripts/generate_error_reference.py
"""

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import sanad_api
import sanad_node
import sanad_verifier
from sanad_node.engines.base import ChainUnavailable
from sanad_node.ipfs.errors import IpfsFault
from sanad_node.pipeline.refusals import WORDS, ActRefused, code_of
from sanad_verifier.errors import EnvironmentFault, EvidenceError, InputError, SanadError

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/errors.md"
HEAD = """# Errors

Every error has a stable code, the field it is about where there is one, and a sentence. Written from the classes by
`python scripts/generate_error_reference.py`; a test fails when it is out of date.
"""
FAMILIES = (
    (EvidenceError, "Evidence", "What was presented does not prove what it should. Exit code 1."),
    (ActRefused, "Refused acts", "The contracts, or the rules before them, refuse the act. Exit code 1."),
    (InputError, "Input", "The request is wrong: correct it and ask again. Exit code 3."),
    (ChainUnavailable, "Chain", "The chain could not be asked: nothing was decided. Exit code 2."),
    (
        IpfsFault,
        "IPFS nodes",
        "A node did not do what it was asked: nothing was decided, and the document may be there. Exit code 2.",
    ),
    (
        EnvironmentFault,
        "Environment",
        "Something this process depends on failed: nothing was half-done. Exit code 3.",
    ),
    (SanadError, "Others", "Exit code 3."),
)


def classes() -> list[type[SanadError]]:
    """Every error class of the verifier, the node and the service."""
    for package in (sanad_verifier, sanad_node, sanad_api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "__main__" not in module.name and "migrations." not in module.name:
                importlib.import_module(module.name)
    found: dict[str, type[SanadError]] = {}
    waiting: list[type[SanadError]] = [SanadError]
    while waiting:
        cls = waiting.pop()
        if cls.__module__.startswith(("sanad_verifier", "sanad_node", "sanad_api")):
            found[f"{cls.__module__}.{cls.__qualname__}"] = cls
        waiting += cls.__subclasses__()
    return [found[name] for name in sorted(found)]


def instance_codes() -> dict[str, str]:
    """Codes given where an error is raised (`code="…"`), with the module that does."""
    found: dict[str, str] = {}
    for folder in ("verifier/sanad_verifier", "node/sanad_node", "api/sanad_api"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.keyword)
                    and node.arg == "code"
                    and isinstance(node.value, ast.Constant)
                ):
                    code = node.value.value
                    if isinstance(code, str) and code.isupper():
                        found.setdefault(code, path.relative_to(ROOT / folder.split("/")[0]).as_posix())
    return found


def page() -> str:
    """The whole page."""
    lines, taken = [HEAD], set[type[SanadError]]()
    every = classes()
    named = {cls.code for cls in every}
    for family, title, words in FAMILIES:
        members = [c for c in every if issubclass(c, family) and c not in taken]
        if family is InputError:
            members = [c for c in members if not issubclass(c, ActRefused)]
        if family is EnvironmentFault:
            members = [c for c in members if not issubclass(c, ChainUnavailable)]
        taken.update(members)
        if members:
            lines += [f"## {title}", "", words, "", "| code | meaning |", "|---|---|"]
            lines += [*sorted(_row(cls) for cls in members), ""]
    lines += [
        "## Refused by a contract",
        "",
        "Exit code 1. The code is the custom error's name.",
        "",
        "| code | meaning |",
        "|---|---|",
    ]
    lines += [
        f"| `{code_of(name)}` | {words} |"
        for name, words in sorted(WORDS.items(), key=lambda w: code_of(w[0]))
    ]
    lines += [
        "",
        "## More exact codes",
        "",
        "Given where the error is raised; family and exit code are those of its class.",
        "",
        "| code | raised in |",
        "|---|---|",
    ]
    lines += [
        f"| `{code}` | `{where}` |" for code, where in sorted(instance_codes().items()) if code not in named
    ]
    return "\n".join(lines) + "\n"


def _row(cls: type[SanadError]) -> str:
    first = inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return f"| `{cls.code}` | {first} |"


def undocumented() -> Iterator[str]:
    """Error classes without a docstring of their own."""
    return (cls.__qualname__ for cls in classes() if not cls.__dict__.get("__doc__"))


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
