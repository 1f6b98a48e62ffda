"""Commands called in the test's own process."""

from resunet.cli import main


def call(capsys, *words):
    """Exit code, standard output and standard error of a call."""
    try:
        code = main([str(word) for word in words])
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    return code, out, err


def assert_one_sentence(result, command, *words):
    code, out, err = result
    assert code == 1
    assert out == ""
    assert err.startswith(f"resunet {command}: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    for word in words:
        assert str(word) in err
