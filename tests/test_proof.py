"""The proof of an exercise, its trials and its examiner, one at a time and without a judge."""

import json
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest

from lesson_code.exercises.check import examiner, judge, process, tampering, verify
from lesson_code.exercises.check.answer import NotAnAnswer
from lesson_code.exercises.check.said import BUSY, ENDED, FUSE, PROCESSES, WAITING, Said
from lesson_code.exercises.check.scenes import Trial, failures, impossible, trials
from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.exercise import Exercise, Scene, Wrong
from lesson_code.lab.record import JobRecord, Run
from lesson_code.lab.stage.cast import BACKWARDS
from lesson_code.worlds import nightly
from lesson_code.worlds.accidents import Deed

STUB, SOLUTION = "def two(queue):\n    ...", "def two(queue):\n    return 'right'"
TWO = Exercise(
    "two", "03", "title", 1, 5, "text", "begin", STUB, [SOLUTION, SOLUTION + "  # too"],
    ["first", "second", "third"], "why", jobs=["charge", "pack"],
    wrong=[Wrong("no `pack`", "x = 1", "it never ran"), Wrong("twice", "x = 2"), Wrong("2", "x")],
)  # fmt: skip
RIGHT = {"solved": True, "sentences": [], "work": [5, 50], "limit": [100, 1000]}


def not_yet(*sentences: str) -> dict:
    return {**RIGHT, "solved": False, "sentences": list(sentences)}


PROVEN = [
    not_yet("there is no job `charge`"), RIGHT, RIGHT,
    not_yet("there is no job `charge`", "there is no `pack`"), not_yet("done twice"), not_yet("2"),
]  # fmt: skip


@pytest.fixture
def prove(monkeypatch):
    """Prove an exercise on which a judge has these verdicts; they are changed by number."""

    def prove(exercise=TWO, impossible=(), real=False, judged=6, **changed):
        verdicts = [changed.get(f"answer_{n}", one) for n, one in enumerate(PROVEN)][:judged]
        asked = []

        def judge(exercise, answers, real):
            asked.extend([answers, real])
            return verdicts, list(impossible)

        monkeypatch.setattr(verify, "examine_and_prove", judge)
        found = verify.verify(exercise, real)
        prove.answers, prove.real = asked
        return found

    return prove


def test_a_proof_asks_for_the_stub_all_solutions_and_all_wrong_answers(prove):
    assert prove() == []
    assert prove.answers == [STUB, *TWO.solutions, "x = 1", "x = 2", "x"] and not prove.real


def test_on_a_real_redis_it_asks_for_no_wrong_answer_and_the_stub_may_be_right(prove):
    assert prove(real=True, judged=3, answer_0=RIGHT) == []
    assert prove.answers == [STUB, *TWO.solutions] and prove.real


@pytest.mark.parametrize(("changed", "complaint"), [
    ({"answer_0": RIGHT}, "the stub is right already"),
    ({"answer_0": not_yet("line 2: no")}, "the stub raises: line 2: no"),
    ({"answer_2": not_yet("no `a`", "no `b`")}, "solution 2 is refused: no `a`; no `b`"),
    ({"answer_1": {**RIGHT, "work": [6, 50]}},
     "solution 1 takes 6 turns of loops and calls, and an answer may take 100"),
    ({"answer_2": {**RIGHT, "work": [5, 51]}},
     "solution 2 takes 51 round trips to Redis, and an answer may take 1,000"),
    ({"answer_3": RIGHT}, "a wrong answer is accepted: it should get 'no `pack`'"),
    ({"answer_4": not_yet("once")}, "a wrong answer gets ['once'], not 'twice'"),
    ({"impossible": ["the scene"]}, "the scene"),
    ({"exercise": replace(TWO, hints=["a", " ", "c"])}, "a hint is empty"),
    ({"exercise": replace(TWO, hints=["a", "b", "return 'right'  # too"])},
     "the last hint holds the whole solution"),
    ({"exercise": replace(TWO, solutions=[SOLUTION, STUB + "  # mine"])}, "a solution is the stub"),
    ({"exercise": replace(TWO, hints=["a", "b"])}, "has 2 hints, and needs 3"),
])  # fmt: skip
def test_what_is_wrong_with_an_exercise_is_told_with_its_name(prove, changed, complaint):
    assert prove(**changed)[:1] == [f"two: {complaint}"]


def test_each_list_that_is_too_short_is_told():
    short = replace(TWO, hints=["a"], solutions=["b"], wrong=TWO.wrong[:2])
    assert [*verify._counts(short)] == [
        "has 1 hints, and needs 3", "has 1 solutions, and needs 2", "has 2 wrong, and needs 3",
    ]  # fmt: skip


def test_an_answer_that_does_not_end_ends_the_proof(prove):
    assert prove(judged=2, answer_1=not_yet("a loop")) == ["answer 2 did not end: a loop"]


def test_the_reason_of_another_wrong_answer_is_no_reason(prove):
    both = not_yet("done twice: there is no `pack`")
    exercise = replace(TWO, wrong=[TWO.wrong[0], replace(TWO.wrong[1], because="a retry")])
    exercise.wrong.append(TWO.wrong[2])
    assert prove(exercise, answer_4=both) == [
        "two: 'a retry' is not told, but the reason of another wrong answer"
    ]


def test_a_wrong_answer_without_a_reason_gets_none_of_another(prove):
    both = not_yet("done twice: there is no `pack`")
    assert prove(answer_4=both) == [
        "two: the answer for 'twice' gets another's reason: 'it never ran'"
    ]


def plain(*calls: str) -> Outcome:
    """What comes of a solution that makes these calls, in jobs of the same names."""
    run = Run(tuple(JobRecord(call.partition("(")[0], "", "finished") for call in calls))
    names = tuple(job.id for job in run.jobs)
    return Outcome(run, (), tuple(map(Deed, calls)), None, begun=names)


PLAIN = plain("charge('A7')", "pack('A7')")
RAIN = Scene("When it rains", fails={"charge": "Refused"})


def played(exercise: Exercise) -> list[tuple]:
    """Return of each trial its words, its number of workers, and the job that comes last in it."""
    return [(one.scene.when, one.scene.workers, one.starved) for one in trials(exercise, PLAIN)]


def test_the_trials_of_an_answer():
    calm = replace(TWO, each_fails=False)
    assert played(replace(calm, jobs=[])) == [("", 0, "")]
    first = [("", 0, ""), ("", 0, "charge"), ("", 0, "pack")]
    three, other = ("With three workers", 3, ""), ("With other data", 0, "")
    assert played(calm) == [*first, three, other]
    rains = replace(calm, scenes=[RAIN])
    again = ("When it rains, with three workers", 3, "")
    assert played(rains) == [*first, ("When it rains", 0, ""), three, again, other]
    backwards = ("When it rains", 1, BACKWARDS)
    assert played(replace(rains, in_order=True))[-3:] == [again, backwards, other]
    with_two = replace(calm, scenes=[replace(RAIN, workers=2)])
    assert played(with_two)[-3:] == [("When it rains", 2, ""), three, other]
    assert [one.scene.other_data for one in trials(calm, PLAIN)] == [False] * 4 + [True]


def test_each_task_fails_once_and_always_unless_a_scene_does_it_already():
    down = "ServiceDown"
    found = [(one.scene.when, one.scene.fails, one.retried) for one in failures(TWO, PLAIN)]
    once, always = (
        ("When `charge('A7')` fails once", {"charge('A7')": [down]}, ""),
        ("When `charge` fails always", {"charge": down}, "charge('A7')"),
    )
    assert found[:2] == [once, always] and len(found) == 4
    for fails in ({"charge": [down]}, {"charge('A7')": [down]}):
        mine = [*failures(replace(TWO, scenes=[Scene(fails=fails)]), plain("charge('A7')"))]
        assert [(one.scene.fails, one.retried) for one in mine] == [({"charge": down}, "")]
    for fails in ({"charge": down}, {"charge('A7')": down}):
        (mine,) = failures(replace(TWO, scenes=[Scene(fails=fails)]), plain("charge('A7')"))
        assert mine.scene.fails == once[1]


def test_where_attempts_do_not_count_no_task_fails_just_once():
    found = [*failures(replace(TWO, attempts=False), PLAIN)]
    assert [one.scene.fails for one in found] == [
        {"charge": "ServiceDown"},
        {"pack": "ServiceDown"},
    ]
    assert not any(one.retried for one in found)  # so these trials are played in any case


def test_what_fails_always_tells_something_only_after_it_was_tried_again():
    tried = [replace(PLAIN, tried=(Deed("charge('A7')"),) * n) for n in (1, 2)]
    trial = Trial(retried="charge('A7')")
    assert not trial.tells(tried[:1]) and trial.tells(tried)
    assert Trial().tells([])


def test_what_is_called_only_when_something_goes_wrong_may_go_wrong():
    scene = Scene(fails={"refund": "Refused"}, twice="refund")
    assert [*impossible(scene, PLAIN, plain("charge('A7')", "refund('A7')"))] == []
    assert len([*impossible(scene, PLAIN, PLAIN)]) == 2


def test_the_scenes_of_an_exercise_are_compared_with_what_comes_of_them(monkeypatch):
    def wanted(name, trial, oracle):
        if trial.scene.fails == {"charge": "Refusd"}:
            raise KeyError("Refusd")
        return plain("refund('A7')") if trial.scene.fails else PLAIN

    monkeypatch.setattr(judge, "_wanted", wanted)
    scenes = [replace(RAIN, fails=fails) for fails in ({"refund": "Refused"}, {"charge": "Refusd"})]
    (said,) = judge._impossible(replace(TWO, scenes=scenes))
    assert said.startswith("the scene 'When it rains': 'Refusd' is no error that can be played")


def test_an_error_that_comes_only_with_a_death_is_the_answers_own(monkeypatch):
    def survivals(answer, note):
        raise ZeroDivisionError

    monkeypatch.setattr(judge, "_first_differences", lambda *asked: ([], PLAIN, PLAIN))
    monkeypatch.setattr(judge, "survivals", survivals)
    monkeypatch.setattr(judge, "is_real", lambda: False)  # where no crashes are played
    verdict = judge.judge(TWO, SOLUTION)
    assert not verdict.solved and verdict.sentences == (
        "after your function had run, Redis could no longer be used (ZeroDivisionError)",
    )


@pytest.mark.parametrize("answer", [
    "{1, 2}", "{n for n in x}", "set(x)", "frozenset(x)", "hash(x)", "redis.smembers('a')",
    "redis.sinter('a', 'b')", "redis.sunion('a')", "redis.sdiff('a')", "job.dependent_ids",
])  # fmt: skip
def test_what_has_no_order_of_its_own_is_judged_with_another_seed_too(monkeypatch, answer):
    seeds = []

    def judge(exercise, answers, real, prove=True, seed="0"):
        seeds.append((answers, seed))
        return [{"solved": seed == "0"}], []

    monkeypatch.setattr(examiner, "examine_and_prove", judge)
    assert examiner.examine(TWO, [answer]) == [{"solved": False}]
    assert seeds == [([answer], "0"), ([answer], "1")]
    assert examiner.examine(TWO, ["sorted(x).index(3)"]) == [{"solved": True}]


def test_a_judge_is_asked_for_one_exercise_and_its_answers(monkeypatch):
    asked = []

    def ask(request, real, seed):
        asked.append((request, real, seed))
        return Said(json.dumps({"verdict": {"solved": False}}) + "\n")

    monkeypatch.setattr(examiner, "ask", ask)
    examiner.examine(TWO, ["x"])
    assert asked == [
        ({"exercise": "two", "answers": ["x"], "prove": False, "token": None}, False, "0")
    ]


@pytest.mark.parametrize(("said", "sentence", "busy"), [
    (Said('{"note": "running the cell"}\n{"over": "it took 9 turns"}\n', code=0),
     "it took 9 turns, and it was still running the cell: an endless loop?", False),
    (Said('{"note": "running the cell"}\n', FUSE), FUSE.format(note="running the cell"), True),
    (Said('{"note": "running the cell"}\n', PROCESSES), PROCESSES, False),
    (Said("", ENDED), ENDED, True),
    (Said("", WAITING), "it waits for something that never happens, while starting", False),
    (Said('{"note": "running the cell"}\n{"no', BUSY), BUSY, True),
    (Said('{"note": "x"}\n', code=3),
     "your answer ended the process that it was running in (exit code 3)", False),
])  # fmt: skip
def test_why_there_is_no_verdict_is_told(monkeypatch, said, sentence, busy):
    monkeypatch.setattr(examiner, "ask", lambda *asked: said)
    (verdict,) = examiner.examine(TWO, ["x", "y"])
    assert (verdict["sentences"], verdict["busy"], verdict["solved"]) == ([sentence], busy, False)


@pytest.mark.parametrize("said", [
    Said("", errors="no module"),
    Said('{"broken": "no module"}\n'),
    Said('{"broken": "no module"}\n', BUSY),
])  # fmt: skip
def test_a_check_that_does_not_work_says_so(monkeypatch, said):
    monkeypatch.setattr(examiner, "ask", lambda *asked: said)
    with pytest.raises(RuntimeError, match="the check itself does not work:\nno module"):
        examiner.examine(TWO, ["x"])


class Judge:
    """Looks like a `psutil.Process` that spends so many seconds in each second of a clock; at the
    first looks, one that it has started has just ended.
    """

    def __init__(self, clock: list[float], spends: float, runs: bool, others=0, gone=0):
        self.clock, self.spends, self.runs, self.gone = clock, spends, runs, gone
        self.others = [Judge(clock, spends, runs) for _ in range(others)]

    def children(self, recursive: bool) -> list["Judge"]:
        self.gone -= 1
        if self.gone >= 0:
            raise psutil.NoSuchProcess(1)
        return self.others

    def cpu_times(self) -> tuple[float, ...]:
        return self.clock[0] * self.spends / 2, self.clock[0] * self.spends / 2, 99.0


class Talking:
    """Looks like a `Talk` in which the judge sends a message every so many seconds."""

    def __init__(self, clock: list[float], every: float, until: float):
        self.clock, self.every, self.until = clock, every, until

    def is_alive(self) -> bool:
        return self.clock[0] < self.until

    def join(self, seconds: float) -> None:
        self.clock[0] += seconds

    @property
    def lines(self) -> range:
        return range(int(self.clock[0] / self.every))


@pytest.fixture
def watched(monkeypatch):
    """Watch a judge on a clock; return why it is ended, and after how many seconds."""

    def watched(spends, runs, every=1e9, until=1e9, **more) -> tuple[str, float]:
        clock = [0.0]
        monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=lambda: clock[0]))
        monkeypatch.setattr(process, "_runs", lambda one: one.runs)
        judge, talking = Judge(clock, spends, runs, **more), Talking(clock, every, until)
        return process._watch(judge, talking, 3, 60), round(clock[0])

    return watched


@pytest.mark.parametrize(("spends", "runs", "more", "why", "seconds"), [
    (0, False, {}, WAITING, 3),
    (0, False, {"gone": 8}, WAITING, 5),
    (0, False, {"gone": 9999}, BUSY, 60),
    (0, True, {}, BUSY, 60),
    (1, False, {}, FUSE, 8),
    (0.5, True, {"others": 1}, FUSE, 8),
    (0, False, {"others": 40}, PROCESSES, 0),
])  # fmt: skip
def test_a_judge_is_ended_when_it_says_nothing_for_too_long(
    watched, spends, runs, more, why, seconds
):
    assert watched(spends, runs, **more) == (why, seconds)


@pytest.mark.parametrize(("spends", "runs", "every"), [(0, False, 2), (1, True, 7), (0, True, 50)])
def test_a_judge_that_goes_on_saying_something_is_not_ended(watched, spends, runs, every):
    assert watched(spends, runs, every, until=900) == ("", 900)


def test_a_judge_that_has_said_all_is_not_ended(watched):
    assert watched(1, True, until=0) == ("", 0)


def test_a_run_is_shown_or_why_it_is_not(monkeypatch):
    shown = {"text/html": "a picture"}
    lines = json.dumps({"note": "x"}) + "\n" + json.dumps({"shown": shown}) + "\n"
    for said, wanted in ((Said(lines), shown), (Said("", BUSY), {"text/plain": BUSY})):
        monkeypatch.setattr(examiner, "ask", lambda *asked, said=said: said)
        assert examiner.show(TWO, "x", "token") == wanted


def test_what_a_world_counts_itself_is_no_tampering(monkeypatch):
    monkeypatch.setattr(nightly, "started", Counter(extract=1))
    tampering.undo_tampering()
    monkeypatch.setattr(tampering, "_DATA_BEFORE", [(nightly, "started", Counter())])
    with pytest.raises(NotAnAnswer, match=r"it has replaced `nightly\.started`"):
        tampering.undo_tampering()
