"""Faults by rule, for both clouds.

A rules file is a JSON list of objects::

    {"cloud": "sfmc" | "aep",
     "method": "GET", "path": REGEX, "query": REGEX, "payload": REGEX,    what it matches (all optional)
     "nth": 3 or [1, 3] | "every": 10 | "probability": 0.1,               when it fires (none: always)
     "times": 2,                                                          at most so often
     "seed": 1,                                                           of the probability
     "when": "before" | "after",                                          the server acted (before)
     "fault": {...}}

A fault is one of ``{"status", "headers", "body"}``, ``{"named": NAME}`` (an answer that the cloud
knows by name), ``{"reset": true}`` (TCP reset), ``{"truncate": FRACTION}`` (of the answer, then the
connection is closed), ``{"truncate_request": FRACTION}``, ``{"revoke_token": true}`` (every token
issued so far is invalid), ``{"write_rows": {"key", "insert", "upsert", "delete"}}`` or ``{"mutate":
true}`` (rows of the source change), or one that the cloud's own code carries out, such as
``{"batch_state": "failed", "batch_errors": [{"code", "description"}]}``. ``"delay_s"`` may stand alone or
beside any of them. Patterns are searched for, paths are compared case-sensitively and without the query.
The first rule that fires wins; every rule that matches counts the request.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MATCHERS = frozenset({"method", "path", "query", "payload"})
_TRIGGERS = frozenset({"nth", "every", "probability"})
_RULE_KEYS = _MATCHERS | _TRIGGERS | {"cloud", "times", "seed", "when", "fault", "comment"}
_FAULT_KEYS = frozenset(
    {
        "status", "headers", "body", "named", "reset", "delay_s", "truncate",
        "truncate_request", "revoke_token", "batch_state", "batch_errors", "write_rows", "mutate",
    }
)  # fmt: skip


BATCH_STATES = frozenset(
    {
        "processing", "success", "failure", "queued", "retrying", "stalled", "aborted", "abandoned",
        "inactive", "failed", "loading", "loaded", "staged", "active", "staging", "deleted",
    }
)  # fmt: skip


class FaultRuleError(ValueError):
    """A rule that cannot be carried out; the message names the rule and the key."""


@dataclass(frozen=True)
class RequestFacts:
    """What a rule can look at."""

    method: str
    path: str
    query: str
    payload: str


class Rule:
    """One rule with its counters."""

    def __init__(self, rule: Mapping[str, Any], index: int) -> None:
        _check(rule, index)
        self.number = index + 1
        self.cloud: str | None = rule.get("cloud")
        self.method: str | None = rule.get("method")
        self.when: str = rule.get("when", "before")
        self.fault: dict[str, Any] = dict(rule["fault"])
        nth = rule.get("nth")
        self._nth = frozenset([nth] if isinstance(nth, int) else nth or ())
        self._every: int | None = rule.get("every")
        self._probability: float | None = rule.get("probability")
        self._times: int | None = rule.get("times")
        self._random = random.Random(f"{rule.get('seed', 0)}/{index}")
        self._patterns = {key: re.compile(rule[key]) for key in ("path", "query", "payload") if key in rule}
        self._matched = 0
        self._fired = 0

    @property
    def needs_payload(self) -> bool:
        return "payload" in self._patterns

    def fires(self, request: RequestFacts) -> bool:
        """Count the request when it matches; say whether the rule fires for it."""
        if self.method and self.method.upper() != request.method:
            return False
        if not all(pattern.search(getattr(request, key)) for key, pattern in self._patterns.items()):
            return False
        self._matched += 1
        return self._due() and (self._times is None or self._fired < self._times)

    def count_firing(self) -> None:
        self._fired += 1

    def _due(self) -> bool:
        if self._nth:
            return self._matched in self._nth
        if self._every is not None:
            return self._matched % self._every == 0
        if self._probability is not None:
            return self._random.random() < self._probability
        return True


class FaultRules:
    """The rules in force in one server."""

    def __init__(self, cloud: str, named: Mapping[str, Mapping[str, Any]]) -> None:
        self._cloud = cloud
        self._named = named
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self.source: list[dict[str, Any]] = []
        self.holds = 0
        """Requests that a ``delay_s`` has held up so far: what a test waits for to know that one is."""

    def replace(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Put these rules in force and start their counters at zero.

        Raises:
            FaultRuleError: when one of them cannot be carried out; the old ones stay.
        """
        mine = [
            Rule(rule, index)
            for index, rule in enumerate(check_rules(rules))
            if rule.get("cloud") in {None, self._cloud}
        ]
        for rule in mine:
            name = rule.fault.pop("named", None)
            if name is None:
                continue
            if name not in self._named:
                message = (
                    f"{self._cloud} knows no fault named {name!r}; known: {', '.join(sorted(self._named))}"
                )
                raise FaultRuleError(message)
            rule.fault = {**self._named[name], **rule.fault, "named": name}
        with self._lock:
            self._rules = mine
            self.source = [dict(rule) for rule in rules]

    @property
    def active(self) -> bool:
        return bool(self._rules)

    @property
    def needs_payload(self) -> bool:
        return any(rule.needs_payload for rule in self._rules)

    def choose(self, request: RequestFacts) -> Rule | None:
        """The rule to carry out for this request, if any."""
        with self._lock:
            fired = [rule for rule in self._rules if rule.fires(request)]
            if not fired:
                return None
            fired[0].count_firing()
            return fired[0]


def check_rules(rules: object) -> Sequence[Mapping[str, Any]]:
    """See that a parsed rules file is a list of well-formed rules.

    Raises:
        FaultRuleError: naming the first rule that is not.
    """
    if not isinstance(rules, list):
        message = "a faults file is a JSON list of rules"
        raise FaultRuleError(message)
    for index, rule in enumerate(rules):
        _check(rule, index)
    return rules


def parse_rules(text: str) -> list[dict[str, Any]]:
    """Read a rules file.

    Raises:
        FaultRuleError: when it is not JSON, or a rule is not well formed.
    """
    try:
        rules = json.loads(text)
    except ValueError as error:
        message = f"not JSON: {error}"
        raise FaultRuleError(message) from None
    return [dict(rule) for rule in check_rules(rules)]


def _check(rule: object, index: int) -> None:
    where = f"rule {index + 1}"
    if not isinstance(rule, Mapping):
        message = f"{where} is not an object"
        raise FaultRuleError(message)
    problems = [f"unknown key {key!r}" for key in rule if key not in _RULE_KEYS]
    fault = rule.get("fault")
    if not isinstance(fault, Mapping) or not fault:
        problems.append("no fault")
    else:
        problems += [f"unknown fault key {key!r}" for key in fault if key not in _FAULT_KEYS]
        if {"headers", "body"} & set(fault) and not {"status", "named"} & set(fault):
            problems.append("headers or body without status")
    if len(_TRIGGERS & set(rule)) > 1:
        problems.append("more than one of nth, every, probability")
    if rule.get("when", "before") not in {"before", "after"}:
        problems.append(f"when is {rule['when']!r}, not 'before' or 'after'")
    if rule.get("cloud") not in {None, "sfmc", "aep"}:
        problems.append(f"cloud is {rule['cloud']!r}, not 'sfmc' or 'aep'")
    problems += [
        f"{key} is {shown!r}, not {kind}"
        for holder in (rule, fault if isinstance(fault, Mapping) else {})
        for key, shown in holder.items()
        if (kind := _kind_missed(str(key), shown))
    ]
    problems += [
        f"{key} is not a regular expression"
        for key in ("path", "query", "payload")
        if not _is_pattern(rule.get(key, ""))
    ]
    if problems:
        message = f"{where}: {'; '.join(problems)}"
        raise FaultRuleError(message)


def _kind_missed(key: str, value: Any) -> str | None:
    """What a value of this key has to be, where it is not that."""
    kind, fits = _KINDS.get(key, ("", None))
    return kind if fits is not None and not fits(value) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


_TRUE = ("true", lambda value: value is True)
_FRACTION = ("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
_OBJECT = ("an object", lambda value: isinstance(value, Mapping))
_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "method": ("a text", lambda value: isinstance(value, str)),
    "nth": (
        "a number from 1, or a list of such",
        lambda value: _is_count(value) or (isinstance(value, list) and all(map(_is_count, value))),
    ),
    "every": ("a number from 1", _is_count),
    "times": ("a number from 1", _is_count),
    "probability": _FRACTION,
    "status": ("an HTTP status", lambda value: _is_count(value) and 200 <= value <= 599),
    "headers": _OBJECT,
    "named": ("a text", lambda value: isinstance(value, str)),
    "reset": _TRUE,
    "delay_s": ("a number of seconds", lambda value: _is_number(value) and value >= 0),
    "truncate": _FRACTION,
    "truncate_request": _FRACTION,
    "revoke_token": _TRUE,
    "batch_state": ("a status of a batch", lambda value: value in BATCH_STATES),
    "batch_errors": ("a list", lambda value: isinstance(value, list)),
    "write_rows": _OBJECT,
}


def _is_pattern(text: object) -> bool:
    try:
        return bool(re.compile(str(text))) and isinstance(text, str)
    except re.error:
        return False
