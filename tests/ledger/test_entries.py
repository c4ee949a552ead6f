"""The text of an entry is one text, its hash is of that text, and a chain shows what was done to it."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irlbayes.core.errors import InputError
from irlbayes.ledger.entries import (
    BEFORE_FIRST,
    Entry,
    canonical,
    faults,
    from_line,
    line,
    now,
    parsed,
    sealed,
)

AT = "2026-11-15T08:30:00Z"
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=3), inner)
    ),
    max_leaves=6,
)


def chain(count: int) -> list[Entry]:
    """Return a chain of example entries."""
    entries = [sealed(1, "begun", AT, {"text": "begun"}, BEFORE_FIRST)]
    for number in range(2, count + 1):
        entries.append(sealed(number, "study", AT, {"yi": number / 3}, entries[-1].sha256))
    return entries


@given(PLAIN)
def test_text_reads_back_as_the_same_content(content: object) -> None:
    """What is written is read back, floats to the last bit, and gives the same text again."""
    text = canonical(content)
    assert parsed(text) == content
    assert repr(parsed(text)) == repr(json.loads(text))
    assert canonical(parsed(text)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_round_trip_bit_by_bit(value: float) -> None:
    """A float is read back as the same 64 bits, the sign of zero with them."""
    assert struct.pack(">d", parsed(canonical(value))) == struct.pack(">d", value)


def test_text_does_not_depend_on_the_order_of_keys() -> None:
    """Two mappings of the same content have one text."""
    assert canonical({"b": [1, 2.0], "a": {"d": None, "c": "ä"}}) == '{"a":{"c":"ä","d":null},"b":[1,2.0]}'


@pytest.mark.parametrize(
    ("content", "place", "rule"),
    [
        ({"mu": {"mean": math.nan}}, "mu.mean", "finite"),
        ({"mu": [1.0, math.inf]}, "mu[1]", "finite"),
        ({"mu": {1: 2}}, "mu", "keys are text"),
        ({"label": "\ud800"}, "label", "Unicode"),
        ({"at": {1, 2}}, "at", "objects, lists"),
        ({"n": 2**5000}, "n", "4096 bits"),
    ],
    ids=["nan", "infinite", "key", "surrogate", "set", "integer"],
)
def test_what_json_cannot_hold_is_refused(content: object, place: str, rule: str) -> None:
    """The problem names the place."""
    with pytest.raises(InputError) as refused:
        canonical(content)
    (problem,) = refused.value.problems
    assert problem.column == place
    assert rule in problem.rule


def test_all_places_are_named_at_once() -> None:
    """Two bad numbers are two problems."""
    with pytest.raises(InputError) as refused:
        sealed(1, "study", AT, {"a": math.nan, "b": {"c": -math.inf}, "d": 1.0}, BEFORE_FIRST)
    assert [problem.column for problem in refused.value.problems] == ["a", "b.c"]


@pytest.mark.parametrize(
    "text",
    ['{"a": 1}', '{"b":1,"a":2}', '{"a":1,"a":1}', "1.00", "1e2", "NaN", "1e999", '"\\u00e4"', '"\\ud800"', "[1"],
)
def test_another_spelling_is_not_canonical(text: str) -> None:
    """Whitespace, order, repeated keys, other spellings of numbers and text: none has the canonical text."""
    with pytest.raises(ValueError, match=r".+"):
        parsed(text)


def test_deep_nesting_is_no_crash() -> None:
    """A text nested beyond what can be read is refused as one."""
    with pytest.raises(ValueError, match="nested"):
        parsed("[" * 200_000)


def test_hash_is_of_the_canonical_json_of_the_other_fields() -> None:
    """The hash is recomputed here with the standard library alone."""
    entry = chain(2)[1]
    other = {"number": 2, "kind": "study", "at": AT, "body": {"yi": 2 / 3}, "previous": entry.previous}
    text = json.dumps(other, sort_keys=True, separators=(",", ":"))
    assert entry.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_line_holds_the_whole_entry() -> None:
    """An entry is read back from its line, and the line is canonical."""
    for entry in chain(3):
        assert from_line(line(entry)) == entry
        assert parsed(line(entry))["number"] == entry.number


@pytest.mark.parametrize(
    "change", [{"number": "2"}, {"number": True}, {"body": []}, {"kind": None}, {"sha256": 1}, {"more": 1}]
)
def test_a_line_of_something_else_is_no_entry(change: dict[str, object]) -> None:
    """Types are as they are written, and there is no other field."""
    content = {**json.loads(line(chain(2)[1])), **change}
    with pytest.raises(ValueError, match="not"):
        from_line(canonical(content))


def test_a_whole_chain_has_no_fault() -> None:
    """Nothing is found where nothing was done."""
    assert list(faults(chain(5))) == []


def test_an_edited_body_is_named() -> None:
    """The entry whose text was changed is named, and no other one."""
    entries = chain(5)
    entries[2] = replace(entries[2], body={"yi": 9.0})
    (fault,) = faults(entries)
    assert fault.entry == 3
    assert "changed" in fault.rule
    assert str(fault.problem("irl.ledger")).startswith("irl.ledger, entry 3: its content does not give its hash")


def test_an_entry_replaced_with_its_hash_breaks_the_link_behind_it() -> None:
    """Whoever edits an entry and its hash is betrayed by the next one."""
    entries = chain(5)
    entries[2] = sealed(3, "study", AT, {"yi": 9.0}, entries[1].sha256)
    (fault,) = faults(entries)
    assert fault.entry == 4
    assert "link" in fault.rule


def test_entries_missing_repeated_and_in_another_order_are_named() -> None:
    """Each is named by its number."""
    one, two, three, four, five = chain(5)
    assert [(f.entry, f.rule[:13]) for f in faults([one, two, four, five])] == [(3, "it is missing")]
    assert [f.entry for f in faults([one, two, two, three])] == [2]
    missing, late = faults([one, three, two, four])
    assert (missing.entry, late.entry) == (2, 2)
    assert "after entry 3" in late.rule
    assert [f.entry for f in faults([two, three])] == [1]


def test_renumbered_entries_do_not_pass() -> None:
    """An entry moved to a number that is free does not give its hash."""
    one, _, three, four, _ = chain(5)
    moved = [one, replace(three, number=2), replace(four, number=3)]
    assert {f.entry for f in faults(moved)} == {2, 3}


def test_many_missing_entries_are_summed_up() -> None:
    """A gap of a thousand is not a thousand lines."""
    first, last = chain(1)[0], sealed(1000, "study", AT, {}, BEFORE_FIRST)
    found = list(faults([first, last]))
    assert len(found) < 30
    assert found[-1].entry == 999


def test_a_time_that_is_none_is_a_fault() -> None:
    """Times have one form, and are of the calendar."""
    for at in ("2026-11-15 08:30:00Z", "2026-02-30T08:30:00Z", "2026-11-15T08:30:00+01:00"):
        assert any("time" in f.rule for f in faults([sealed(1, "begun", at, {}, BEFORE_FIRST)]))
    assert list(faults([sealed(1, "begun", now(), {}, BEFORE_FIRST)])) == []
