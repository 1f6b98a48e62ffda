import argparse
import json

import pytest

from resunet.cli import console
from resunet.errors import InputError


def parse(add, words, **options):
    parser = argparse.ArgumentParser()
    add(parser, **options)
    return parser.parse_args(words)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("7", 7), (" 3 ", 3), ("1_000", 1000)])
def test_whole_numbers(text, value):
    assert console.whole(0)(text) == value


@pytest.mark.parametrize("text", ["-1", "2.0", "", "x", "1e3", "nan"])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number from 0 up"):
        console.whole(0)(text)


def test_the_lowest_number_is_accepted_and_the_one_below_not():
    assert console.whole(5)("5") == 5
    with pytest.raises(argparse.ArgumentTypeError, match="'4' is not a whole number from 5 up"):
        console.whole(5)("4")


def test_json_or_sentences(capsys):
    values = {"a": float("nan"), "b": float("inf")}
    console.tell(values, parse(console.add_json, ["--json"]), ["one", "two"])
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": "inf"}
    console.tell(values, parse(console.add_json, []), ["one", "two"])
    assert capsys.readouterr().out == "one\ntwo\n"


def test_sampling_arguments():
    args = parse(console.add_sampling, [], default=25)
    assert (args.samples, args.seed) == (25, 0)
    args = parse(console.add_sampling, ["--samples", "0", "--seed", "3"], default=25)
    assert (args.samples, args.seed) == (0, 3)


def test_progress_is_silent_where_nobody_looks(capfd):
    with console.progress(None, "Reading", total=2) as bar:
        move = console.advance(bar)
        move("anything")
    assert list(console.progress([1, 2], "Reading")) == [1, 2]
    assert capfd.readouterr() == ("", "")


def test_advance_moves_by_one_whatever_it_is_told():
    class Bar:
        count = 0

        def update(self):
            self.count += 1

    bar = Bar()
    move = console.advance(bar)
    move(17)
    move(None)
    assert bar.count == 2


def test_results_do_not_go_into_the_data_folder(tmp_path):
    with pytest.raises(InputError, match="lies inside --data"):
        console.make_out(tmp_path / "data" / "out", tmp_path / "data")
    assert not (tmp_path / "data").exists()
    console.make_out(tmp_path / "out", tmp_path / "data")
    assert (tmp_path / "out").is_dir()


def test_a_result_folder_that_cannot_be_made_is_told_before_the_work(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="out cannot be made"):
        console.make_out(tmp_path / "out")
