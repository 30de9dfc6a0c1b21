import json

from tap_sfmc.reading.bookmark import Bookmark, Counts, Seen, adopt_renamed


def test_a_bookmark_comes_back_from_its_state():
    bookmark = Bookmark(
        customer_key="contacts",
        account_id="510000101",
        seq=3,
        replication_key="ModifiedDate",
        value="2024-01-01T00:00:00Z",
        seen=Seen("2024-01-01T00:00:00Z", frozenset({b"12345678", b"abcdefgh"})),
        counts=Counts(10, 8, 2),
        full_read="2024-01-01T00:00:00Z",
    )
    assert Bookmark.from_state(json.loads(json.dumps(bookmark.to_state()))) == bookmark


def test_a_bookmark_of_another_tool_is_understood():
    state = {"replication_key": "ModifiedDate", "replication_key_value": "2024-01-01T00:00:00Z"}
    assert Bookmark.from_state(state).value == "2024-01-01T00:00:00Z"


def test_each_bookmark_has_a_higher_number():
    assert Bookmark("k").advanced(value=5).advanced().seq == 2


def test_a_renamed_stream_keeps_its_bookmark():
    bookmarks = {"contacts": {"customer_key": "k", "seq": 4}, "other": {"customer_key": "o"}}
    renamed = adopt_renamed(bookmarks, {"kontakte": ("", "k"), "other": ("", "o")})
    assert renamed == {"kontakte": "contacts"}
    assert bookmarks == {"kontakte": {"customer_key": "k", "seq": 4}, "other": {"customer_key": "o"}}


def test_a_name_that_another_data_extension_took_over_brings_no_bookmark_along():
    bookmarks = {"contacts": {"customer_key": "old", "seq": 4}}
    adopt_renamed(bookmarks, {"contacts": ("", "new"), "contacts_archive": ("", "old")})
    assert bookmarks == {"contacts_archive": {"customer_key": "old", "seq": 4}}
