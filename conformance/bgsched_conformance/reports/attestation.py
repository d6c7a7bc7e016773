"""
The verdict as a statement in the form of in-toto, with the predicate for results of tests.

It is not signed. Whoever vouches for it signs it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_RESULTS = {"CONFORMANT": "PASSED", "INCOMPLETE": "WARNED", "NOT CONFORMANT": "FAILED"}
# What passed and what failed is certain; a clause that is not counted fails as a warning.
_SILENT = {"untestable", "unsupported", "not run"}


def statement(document: Mapping[str, Any]) -> str:
    """
    Write the statement.
    """
    digests = document["digests"]
    lists: dict[str, list[str]] = {"passedTests": [], "warnedTests": [], "failedTests": []}
    for clause in document["clauses"]:
        if clause["outcome"] not in _SILENT:
            lists[_list_of(clause)].append(clause["id"])
    told = {
        "_type": _STATEMENT,
        "subject": [
            {"name": name, "digest": {"sha256": digest}}
            for name, digest in digests["implementation"].items()
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "result": _RESULTS[document["verdict"]["word"]],
            "configuration": list(_configuration(document)),
            **lists,
        },
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _list_of(clause: Mapping[str, Any]) -> str:
    if clause["outcome"] == "pass":
        return "passedTests"
    fails = clause["outcome"] in {"fail", "stale"} and clause["counted"]
    return "failedTests" if fails else "warnedTests"


def _configuration(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    digests, kit, run = document["digests"], document["kit"], document["run"]
    yield {
        "name": f"bgsched-conformance {kit['version']}".rstrip(),
        "digest": {"sha256": digests["kit"]},
        "annotations": {key: run[key] for key in ("level", "scope", "part", "effort", "seed")},
    }
    yield {"name": f"contract {kit['contract']}", "digest": {"sha256": digests["contract"]}}
    for name, digest in digests["waivers"].items():
        yield {"name": f"waivers {name}", "digest": {"sha256": digest}}
