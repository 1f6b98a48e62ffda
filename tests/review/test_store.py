import json
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from resunet.errors import InputError
from resunet.review.addresses import root_id
from resunet.review.store import MOST_NOTE, Jottings, Review, Reviews

ID, OTHER = "0123456789ab", "ba9876543210"
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def reviews(tmp_path):
    return Reviews(tmp_path / "Doe_John")


def test_of_whom_nothing_was_said_there_is_nothing(reviews, home):
    assert reviews.read(ID) == Review(False, "", "")
    assert reviews.read_all() == ({}, {})
    assert not home.exists()  # reading writes nothing


def test_a_tick_and_a_note_are_kept(reviews, tmp_path):
    reviews.write(ID, reviewed=True, when=NOON)
    later = NOON + timedelta(minutes=1)
    written = reviews.write(ID, note="Looks like “oedema”.", when=later)
    assert written == Review(True, "Looks like “oedema”.", "2026-05-04T12:01:00+00:00")
    reviews.write(OTHER, reviewed=False, when=NOON)
    again = Reviews(tmp_path / "Doe_John")
    assert again.read(ID) == written
    assert again.read_all() == ({ID: written, OTHER: Review(when="2026-05-04T12:00:00+00:00")}, {})


def test_they_can_be_taken_back(reviews):
    reviews.write(ID, reviewed=True, note="?")
    reviews.write(ID, reviewed=False, note="")
    assert (reviews.read(ID).reviewed, reviews.read(ID).note) == (False, "")


def test_the_time_is_utc(reviews):
    there = datetime(2026, 5, 4, 14, 30, 5, 999, tzinfo=timezone(timedelta(hours=2)))
    assert reviews.write(ID, when=there).when == "2026-05-04T12:30:05+00:00"
    assert datetime.fromisoformat(reviews.write(ID).when).utcoffset() == timedelta(0)


def test_the_files_lie_at_home_and_name_nobody(reviews, home, tmp_path):
    reviews.write(ID, reviewed=True, note="fine", when=NOON)
    files = [path for path in home.rglob("*") if path.is_file()]
    folder = home / "reviews" / root_id(tmp_path / "Doe_John")
    assert files == [folder / f"{ID}.json"]
    assert json.loads(files[0].read_text()) == {
        "schema": 1,
        "reviewed": True,
        "note": "fine",
        "when": "2026-05-04T12:00:00+00:00",
    }
    assert "Doe" not in str(files[0].relative_to(home))


def test_data_folders_do_not_share_them(reviews, tmp_path):
    reviews.write(ID, reviewed=True)
    assert Reviews(tmp_path / "other").read_all() == ({}, {})


DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"schema": 1}',
    b'{"schema": 2, "reviewed": true, "note": "", "when": ""}',
    b'{"schema": 1, "reviewed": 1, "note": "", "when": ""}',
    b'{"schema": 1, "reviewed": true, "note": null, "when": ""}',
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_told_and_set_aside_but_never_lost(reviews, content):
    reviews.write(OTHER, reviewed=True)
    path = reviews.folder / f"{ID}.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=ID):
        reviews.read(ID)
    found = reviews.read_all()
    assert list(found.reviews) == [OTHER]
    assert list(found.damaged) == [ID]
    assert found.damaged[ID].endswith(".")
    assert path.read_bytes() == content

    assert reviews.write(ID, reviewed=True, when=NOON).reviewed
    assert reviews.read_all().damaged == {}
    aside = [each for each in reviews.folder.iterdir() if "damaged" in each.name]
    assert [each.read_bytes() for each in aside] == [content]


def test_two_damaged_files_of_a_patient_are_both_kept(reviews):
    for content in (b"one", b"two"):
        reviews.write(ID, note="x")
        (reviews.folder / f"{ID}.json").write_bytes(content)
        reviews.write(ID, note="y")
    aside = {each.read_bytes() for each in reviews.folder.iterdir() if "damaged" in each.name}
    assert aside == {b"one", b"two"}


def test_other_files_in_the_folder_are_let_alone(reviews):
    reviews.write(ID, reviewed=True)
    for name in ("notes.json", f"{OTHER}.json.bak", f".{OTHER}.json.12.tmp", "x" * 12 + ".json"):
        (reviews.folder / name).write_text("?")
    assert list(reviews.read_all().reviews) == [ID]
    assert reviews.read_all().damaged == {}


def test_a_note_has_its_length(reviews):
    reviews.write(ID, note="ä" * MOST_NOTE)
    with pytest.raises(InputError, match=r"note has 2,001 characters.*2,000"):
        reviews.write(ID, reviewed=True, note="x" * (MOST_NOTE + 1))
    assert reviews.read(ID) == reviews.read_all().reviews[ID]
    assert not reviews.read(ID).reviewed


@pytest.mark.parametrize("name", ["", "../0123456789", "0123456789AB", "0123456789ab/x", ID + "\n"])
def test_only_opaque_names_lead_to_a_file(reviews, home, name):
    with pytest.raises(InputError, match="12 hexadecimal digits"):
        reviews.write(name, reviewed=True)
    with pytest.raises(InputError, match="12 hexadecimal digits"):
        reviews.read(name)
    assert not home.exists()


def test_a_folder_that_cannot_be_written_is_told(reviews, home):
    home.mkdir(parents=True)
    (home / "reviews").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        reviews.write(ID, reviewed=True)
    assert reviews.read_all() == ({}, {})


def test_writers_at_the_same_time_lose_nothing_of_each_others_patients(tmp_path):
    ids = [f"{number:012x}" for number in range(40)]

    def tick(mine):
        for id_ in mine:
            Reviews(tmp_path).write(id_, reviewed=True, note=id_)

    writers = [threading.Thread(target=tick, args=(ids[start::4],)) for start in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = Reviews(tmp_path).read_all()
    assert {id_: review.note for id_, review in found.reviews.items()} == {id_: id_ for id_ in ids}


def test_readers_of_a_file_that_is_being_written_see_one_state_or_the_other(reviews):
    reviews.write(ID, note="a" * 1000)
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(reviews.read(ID).note)

    reader = threading.Thread(target=read)
    reader.start()
    for letter in "bcdefgh":
        reviews.write(ID, note=letter * 1000)
    stop.set()
    reader.join()
    assert seen <= {letter * 1000 for letter in "abcdefgh"}


def test_jottings_are_kept_nowhere(home):
    jottings = Jottings()
    jottings.write(ID, reviewed=True)
    written = jottings.write(ID, note="small")
    assert (written.reviewed, written.note) == (True, "small")
    assert jottings.read_all() == ({ID: written}, {})
    with pytest.raises(InputError, match="note has 2,001 characters"):
        jottings.write(ID, note="x" * (MOST_NOTE + 1))
    assert Jottings().read_all() == ({}, {})
    assert not home.exists()
