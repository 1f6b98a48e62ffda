from resunet.evaluation.progress import FILE, Part, Progress, part_name, read_progress


def test_every_patient_is_counted_where_it_belongs(tmp_path):
    told = []
    progress = Progress(tmp_path, {"testing": 2, "testing, flip": 1})
    assert read_progress(tmp_path) == [Part("testing", 0, 2), Part("testing, flip", 0, 1)]
    count = progress.counting("testing", told.append)
    count("anna")
    count("bert")
    progress.counting("testing, flip", told.append)("anna")
    assert read_progress(tmp_path) == [Part("testing", 2, 2), Part("testing, flip", 1, 1)]
    assert told == ["anna", "bert", "anna"]
    progress.end()
    assert [*tmp_path.iterdir()] == []


def test_what_is_not_known_is_nothing(tmp_path):
    assert read_progress(tmp_path) == []
    for damaged in ("{", "[]", '{"parts": [{"what": "testing"}]}', '{"parts": 3}'):
        (tmp_path / FILE).write_text(damaged)
        assert read_progress(tmp_path) == []


def test_parts_are_called_by_split_and_way():
    assert part_name("testing") == "testing"
    assert part_name("", "flip") == "all patients, flip"
