from resunet.ui.datasets.downloads import FILES, files_in


def test_only_what_was_written_is_offered(tmp_path):
    assert files_in(tmp_path) == {}
    (tmp_path / "sets.csv").write_text("")
    (tmp_path / "task.json").write_text("")
    assert files_in(tmp_path) == {"sets.csv": FILES["sets.csv"]}


def test_several_folders_have_a_list_each(tmp_path):
    for name in ("exclude-2-a-b.txt", "exclude-1-brats2d.txt"):
        (tmp_path / name).write_text("")
    titles = {name: title for name, (title, _) in files_in(tmp_path).items()}
    assert titles == {
        "exclude-1-brats2d.txt": "To leave out: brats2d",
        "exclude-2-a-b.txt": "To leave out: a-b",
    }
