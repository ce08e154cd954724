"""The self-test names each change inside a library, and the file of ours that must follow."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import arq
import pytest
import rq
from rq.timeouts import TimerDeathPenalty

from lesson_code.environment import check_environment
from lesson_code.lab.engines import self_test
from lesson_code.lab.engines.rq_notes import Recorder
from lesson_code.lab.engines.self_test import HOOKS, look_at
from tests.sampling import sampled
from tools import lesson

ENGINES = Path(self_test.__file__).parent
OTHER = (
    f"RQ {rq.VERSION} calls Worker.cleanup_execution(job, execution, pipeline):"
    " lesson_code/lab/engines/rq_notes.py (Recorder.cleanup_execution) must follow"
)


def other(self, job, execution, pipeline):
    """So no RQ calls it yet: RQ 3.0.0 has the execution at the end."""


def test_nothing_has_changed():
    assert self_test.self_test() == []


def test_a_method_that_is_called_in_another_way_is_named(monkeypatch):
    monkeypatch.setattr(rq.worker.BaseWorker, "cleanup_execution", other)
    assert self_test.self_test() == [OTHER]


def test_a_method_that_is_gone_is_named(monkeypatch):
    monkeypatch.delattr(TimerDeathPenalty, "new_timer")
    assert self_test.self_test() == [
        f"RQ {rq.VERSION} has no TimerDeathPenalty.new_timer:"
        " lesson_code/lab/engines/rq_workers.py (DaemonTimer.new_timer) must follow"
    ]


def test_a_registry_that_we_do_not_read_is_named(monkeypatch):
    monkeypatch.setattr(rq.Queue, "parked_job_registry", property(), raising=False)
    assert self_test.self_test() == [
        f"RQ {rq.VERSION} has a Queue.parked_job_registry:"
        " lesson_code/lab/engines/rq.py (_all_jobs) must follow"
    ]


def test_a_change_that_no_signature_shows_is_seen_when_jobs_run(monkeypatch):
    monkeypatch.setattr(rq.job.Job, "perform", lambda job: 1 / 0)
    (sentence,) = self_test.self_test()
    assert sentence.startswith(
        f"RQ {rq.VERSION} ran two jobs, and we saw [('a', 'started'), ('a', 'failed')]"
    )


def test_a_change_in_arqs_loop_is_seen_too(monkeypatch):
    monkeypatch.setattr(arq.Worker, "_poll_iteration", lambda *args: 1 / 0)
    assert self_test.self_test() == [
        f"ARQ {arq.VERSION} ran two jobs, and we saw ZeroDivisionError: division by zero:"
        " lesson_code/lab/engines/arq_workers.py must follow"
    ]


def test_notes_that_are_missing_are_seen(monkeypatch):
    monkeypatch.setattr(Recorder, "_record", lambda *args: None)
    assert self_test.self_test() == [
        f"RQ {rq.VERSION} ran two jobs, and we saw []:"
        " lesson_code/lab/engines/rq_workers.py must follow"
    ]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.what)
def test_each_hook_can_fail(hook):
    assert "has no" in look_at(hook._replace(what=f"{hook.what}_gone"))
    assert "has no" in look_at(hook._replace(what=hook.what.replace(":", ".gone:")))
    if hook.params is not None:
        assert hook.verb in look_at(hook._replace(params=f"new, {hook.params}"))


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.what)
def test_each_hook_names_a_place_that_there_is(hook):
    file, place = re.match(r"([\w./]+\.py) \(([\w.]+)\)", hook.follow).groups()
    source = (ENGINES / file).read_text()
    for name in place.split("."):
        assert re.search(rf"(class|def) {name}\b|^(    )?{name} = ", source, re.MULTILINE)


def test_what_we_override_of_a_worker_is_on_the_list():
    known = {hook.what.rpartition(":")[2] for hook in HOOKS}
    from lesson_code.lab.engines.arq_workers import RecordingArqWorker
    from lesson_code.lab.engines.rq_workers import CrewWorker

    for ours, theirs in ((CrewWorker, rq.SimpleWorker), (Recorder, rq.Worker)):
        both = {n for n in vars(ours) if hasattr(theirs, n) and not n.startswith("__")}
        assert both and {f"{theirs.__name__}.{name}" for name in both} <= known | {
            "SimpleWorker.prepare_job_execution",  # Recorder's, and the next, too
            "SimpleWorker.cleanup_execution",
            "Worker.name",
            "Worker.connection",
        }
    both = {n for n in vars(RecordingArqWorker) if hasattr(arq.Worker, n) and n[:2] != "__"}
    assert both and {f"Worker.{name}" for name in both} <= known


def run(code: str, *args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=lesson.PROJECT)


PYTEST = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"


WORDS = [[], ["tests/test_work.py"], ["--nbval", "notebooks"]]
OTHER_RQ = f"import rq\n{inspect.getsource(other)}\nrq.Worker.cleanup_execution = other\n"
GONE = "import sys; sys.modules['rq.registry'] = None\n"
NO_REGISTRY = f"RQ {rq.VERSION} has no DeferredJobRegistry.key_template: lesson_code"


@pytest.mark.parametrize(
    ("planted", "sentence", "args"),
    sampled([*((OTHER_RQ, OTHER, words) for words in WORDS), (GONE, NO_REGISTRY, [])], 1),
    ids=["of all", "of a file", "of notebooks", "of what cannot be imported"],
)
def test_pytest_says_it_first_and_nothing_else(planted, sentence, args):
    ran = run(planted + PYTEST, *args)
    assert (ran.returncode, ran.stdout) == (1, "") and "Traceback" not in ran.stderr
    told = ran.stderr.strip()
    assert told == sentence or (sentence == NO_REGISTRY and sentence in told)


def test_notebook_00_says_it(monkeypatch, capsys):
    monkeypatch.setattr(rq.worker.BaseWorker, "cleanup_execution", other)
    assert not check_environment()
    assert f"✗ {OTHER}\n" in capsys.readouterr().out


# Private names stand in one room.

ALLOWED = {
    ("with_rq/chaining.py", "_dependency_ids"),
    ("with_rq/parallel.py", "_dependency_ids"),
    ("with_rq/at_work.py", "_default_timeout"),
    ("exercises/check/answer.py", "_fields"),  # of a NamedTuple
    ("exercises/check/fork_server.py", "_exit"),  # of os
    ("exercises/check/guard.py", "_exit"),
    ("exercises/check/judge.py", "_exit"),
    ("exercises/check/by_hand.py", "_getframe"),  # of sys
    ("exercises/check/closed.py", "_getframe"),
    ("exercises/check/composed.py", "_getframe"),
    ("exercises/check/trial_arq.py", "_getframe"),
    ("exercises/check/web_worker.py", "_api"),  # of Pyodide: it knows where its files are
    ("lab/stage/baton.py", "_acquire_restore"),  # of threading.Condition, whose wait it replaces
    ("lab/stage/baton.py", "_release_save"),
    ("lab/stage/baton.py", "_waiters"),
    ("lab/stage/real_worker.py", "_exit"),
    ("lab/stage/worker.py", "_exit"),
    ("lab/notebook.py", "_repr_mimebundle_"),  # IPython's protocol
    ("lab/player.py", "_repr_mimebundle_"),
    ("lab/frame.py", "_repr_mimebundle_"),
    ("exercises/predictions.py", "_repr_mimebundle_"),
    ("lab/board.py", "_repr_mimebundle_"),
    ("exercises/check/judge.py", "_repr_mimebundle_"),
}


def private_names(root: Path) -> set[tuple[str, str]]:
    """Return each `something._name` outside of the engines, and of what stands in their place in a
    browser: the file, and the name.
    """
    found = set()
    for path in sorted(root.rglob("*.py")):
        if {"engines", "browser"} & {*path.parts}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            private = isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr)
            if private and ast.unparse(node.value) not in ("self", "cls", "super()"):
                found.add((path.relative_to(root).as_posix(), node.attr))
    return found


def test_private_names_of_libraries_stand_in_the_engines_only():
    assert private_names(lesson.PROJECT / "lesson_code") <= ALLOWED


def test_a_private_name_elsewhere_is_found(tmp_path):
    (tmp_path / "new.py").write_text("job._dependency_ids")
    assert private_names(tmp_path) == {("new.py", "_dependency_ids")}
