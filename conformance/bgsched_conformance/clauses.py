"""
The clauses of the contract, as data.

The pages in ``docs/spec`` are the source; ``clauses.json`` is generated from them and is all that a
run of the kit reads. After a change of a page, regenerate it from the project's root::

    python -m bgsched_conformance.clauses [--check] [DOCS/SPEC]

With ``--check`` nothing is written; the command fails if the file is stale.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Level = Literal["MUST", "SHOULD", "MAY"]

REQUIRED_FIELDS = ("Source", "Why", "Observed by", "Look at", "APScheduler 3.11.3")
OPTIONAL_FIELDS = ("Untestable", "Informational")

_PAGE_LINK = re.compile(r"\]\(([a-z-]+)\.md\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_ID = re.compile(r"[A-Z]+-(A?[1-9][0-9]*|[A-Z]+)")
_RULE = re.compile(r"\*\*([A-Z]+)\*\* — (.+)")
_FIELD = re.compile(r"\*([^*]+)\.\* (.+)")
_COMPARED = re.compile(r"Same\b|Noted: |Differs \((V[1-9][0-9]*)\): ")


class UnknownClauseError(ValueError):
    """
    No clause and no chapter goes by this name.

    Attributes:
        pattern: What was asked for.
        nearest: Names like it, nearest first; may be empty.
    """

    def __init__(self, pattern: str, nearest: Iterable[str] = ()) -> None:
        super().__init__(pattern, nearest)
        self.pattern = pattern
        self.nearest = tuple(nearest)

    def __str__(self) -> str:
        hint = f"did you mean {', '.join(self.nearest)}?" if self.nearest else "see docs/spec"
        return f"no clause or chapter {self.pattern!r}; {hint}"


class SpecError(ValueError):
    """
    A page of the contract does not have the form that every clause has.
    """


@dataclass(frozen=True, slots=True)
class Clause:
    """
    One sentence that an implementation keeps or breaks.

    Texts are one line each, with Markdown's backticks and emphasis left in.

    Attributes:
        id: Such as ``SHUT-4``; never renumbered, never used again.
        level: How firmly the documentation states it.
        chapter: Stem of its page, such as ``process-exit``.
        sentence: The rule itself.
        source: Where the documentation says so.
        hint: Where to look in an implementation that breaks it.
        page: Its place below the project's root, such as ``docs/spec/shutdown.md#shut-4``.
        deviation: Number of APScheduler 3.11.3's deviation from it, such as ``V4``.
        untestable: Why no fair test can judge it; None if one does.
        informational: Which part is only noted, for the documentation does not promise it. The
            rest of the clause, if any, counts; so each test says which part it judges.
    """

    id: str
    level: Level
    chapter: str
    sentence: str
    source: str
    hint: str
    page: str
    deviation: str | None
    untestable: str | None
    informational: str | None

    @property
    def area(self) -> str:
        """
        The id without its number: ``SHUT`` of ``SHUT-4``, ``EXEC`` of ``EXEC-A1``.
        """
        return self.id.partition("-")[0]


@cache
def load() -> dict[str, Clause]:
    """
    Return all clauses by id, in the order of the contract's pages.

    Every caller gets the same dict, so treat it as read-only.
    """
    text = files(__package__).joinpath("clauses.json").read_text(encoding="utf-8")
    return {record["id"]: Clause(**record) for record in json.loads(text)}


def select(patterns: Iterable[str]) -> set[str]:
    """
    Return the ids of all clauses that the patterns name.

    Args:
        patterns: Each is an id (``START-1``), an area (``SHUT``), a chapter (``process-exit``), or
            any of these with wildcards (``SHUT-*``).

    Raises:
        UnknownClauseError: A pattern names no clause at all.
    """
    selected: set[str] = set()
    for pattern in patterns:
        matching = {
            clause.id
            for clause in load().values()
            if any(fnmatchcase(name, pattern) for name in _names(clause))
        }
        if not matching:
            raise UnknownClauseError(pattern, _nearest(pattern))
        selected |= matching
    return selected


def parse(directory: Path) -> list[Clause]:
    """
    Read the contract from its pages.

    Args:
        directory: Where ``index.md`` lies; its links give the chapters and their order.

    Raises:
        SpecError: A page or a clause does not have the required form, or an id occurs twice.
        OSError: A page cannot be read.
    """
    index = (directory / "index.md").read_text(encoding="utf-8")
    chapters = list(dict.fromkeys(_PAGE_LINK.findall(index)))
    unlisted = {path.stem for path in directory.glob("*.md")} - {"index", *chapters}
    if unlisted:
        raise SpecError(f"index.md does not link to {', '.join(sorted(unlisted))}")

    clauses: dict[str, Clause] = {}
    for chapter in chapters:
        for clause in _parse_page(chapter, (directory / f"{chapter}.md").read_text("utf-8")):
            if clause.id in clauses:
                raise SpecError(f"{clause.id} stands in {chapter}.md for the second time")
            clauses[clause.id] = clause
    return list(clauses.values())


def render(clauses: Iterable[Clause]) -> str:
    """
    Return the text of ``clauses.json``.
    """
    return json.dumps([asdict(clause) for clause in clauses], ensure_ascii=False, indent=1) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Regenerate ``clauses.json``, or check that it is fresh.

    Args:
        arguments: Of the command line; None for those of the process.

    Raises:
        SystemExit: With a message, when a page is malformed or missing or the file is stale.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bgsched_conformance.clauses",
        description="generate clauses.json from the pages of the contract",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    parser.add_argument(
        "spec",
        type=Path,
        nargs="?",
        default=Path("docs/spec"),
        metavar="DOCS/SPEC",
        help="directory of the pages, by default docs/spec",
    )
    options = parser.parse_args(arguments)
    generated = Path(__file__).with_name("clauses.json")

    try:
        text = render(parse(options.spec))
    except (OSError, SpecError) as error:
        raise SystemExit(f"{parser.prog}: {error}") from error
    if not options.check:
        generated.write_text(text, encoding="utf-8")
    elif not generated.exists() or generated.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{generated} is stale; run {parser.prog} {options.spec}")


def _names(clause: Clause) -> tuple[str, str, str]:
    return clause.id, clause.area, clause.chapter


def _nearest(pattern: str) -> list[str]:
    # One who asks for "shut-4" or "Shutdwon" means the same names in another case.
    names = {name.upper(): name for clause in load().values() for name in _names(clause)}
    return [names[match] for match in get_close_matches(pattern.upper().rstrip("-*"), names)]


def _parse_page(chapter: str, text: str) -> Iterator[Clause]:
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        if heading[1] == "###":
            yield _parse_clause(chapter, heading[2], text[heading.end() : end])


def _parse_clause(chapter: str, clause_id: str, body: str) -> Clause:
    if not _ID.fullmatch(clause_id):
        raise SpecError(f"{chapter}.md: {clause_id!r} is not a clause id such as SHUT-4")
    first, *others = [" ".join(block.split()) for block in body.strip().split("\n\n")]
    rule = _RULE.fullmatch(first)
    if rule is None or rule[1] not in get_args(Level):
        raise SpecError(f"{clause_id} must begin with its level, as in **MUST** — rule: {first!r}")
    fields = _parse_fields(clause_id, others)
    compared = _COMPARED.match(fields["APScheduler 3.11.3"])
    if compared is None:
        raise SpecError(f"{clause_id}: APScheduler is Same, Noted: … or Differs (V1): …")
    return Clause(
        id=clause_id,
        level=cast("Level", rule[1]),
        chapter=chapter,
        sentence=rule[2],
        source=fields["Source"],
        hint=fields["Look at"],
        page=f"docs/spec/{chapter}.md#{clause_id.lower()}",
        deviation=compared[1],
        untestable=fields.get("Untestable"),
        informational=fields.get("Informational"),
    )


def _parse_fields(clause_id: str, blocks: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for block in blocks:
        field = _FIELD.fullmatch(block)
        if field is None or field[1] in fields:
            raise SpecError(f"{clause_id}: expected the next *Field.* here: {block!r}")
        fields[field[1]] = field[2]
    # The order is fixed as well, so that all clauses read alike.
    optional = [name for name in OPTIONAL_FIELDS if name in fields]
    if list(fields) != [*REQUIRED_FIELDS, *optional]:
        raise SpecError(
            f"{clause_id} has the fields {', '.join(fields)}; "
            f"it needs {', '.join(REQUIRED_FIELDS)}, then at most {', '.join(OPTIONAL_FIELDS)}"
        )
    return fields


if __name__ == "__main__":
    main()
