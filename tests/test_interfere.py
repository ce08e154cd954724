"""What if a worker crashes here, a job fails, or another one goes first? The run goes on."""

import re

import pytest
from rq import Queue, Retry
from rq.job import Job

from lesson_code.lab import ArqStory, Lab, Story, what_if, work
from lesson_code.lab.stage import play
from lesson_code.lab.stage.table import FINE
from lesson_code.lab.stage.token import choices_of
from lesson_code.worlds import tasks
from tests.test_moments import chain


@pytest.fixture
def lab():
    lab = Lab()
    yield lab
    lab.close()


def dumped(redis):
    return {key: redis.dump(key) for key in redis.scan_iter()}


def until(table, key, words=""):
    """Go on until there is such a move, and make it; return where that was."""
    while not table.is_over:
        for move in table.moves():
            if move.key == key and words in move.words:
                at = table.at
                table.move(key)
                return at
        table.move("")
    raise AssertionError(f"there was no move {key!r} {words!r}")


def states(table):
    return table.jobs.states


def test_the_jobs_of_a_lab_are_played_and_stay_as_they_are(lab, capsys):
    chain(Queue(connection=lab.redis))
    before = dumped(lab.redis)
    board = what_if(lab)
    board.table.finish()
    assert board.status() == FINE and set(states(board.table).values()) == {"finished"}
    assert dumped(lab.redis) == before
    assert capsys.readouterr().out == ""
    assert set(work(lab).states.values()) == {"finished"}


def test_a_job_fails_and_the_run_goes_on_from_there(lab):
    chain(Queue(connection=lab.redis))
    table = what_if(lab).table
    until(table, "f", "`b` fails")
    table.finish()
    assert states(table) == {"a": "finished", "b": "failed", "c": "deferred"}
    assert "LetFail: you made it fail" in table.jobs["b"].error
    assert "`b` fails with worker-1" in table.now.fate.says


def test_a_retry_mends_a_failure_and_two_failures_are_one_too_many(lab):
    chain(Queue(connection=lab.redis), retry=Retry(max=1))
    for failures, end in ((1, "finished"), (2, "failed")):
        table = what_if(lab).table
        for _ in range(failures):
            until(table, "f", "`b` fails")
        table.finish()
        assert states(table)["b"] == end


def test_a_task_that_has_ended_cannot_fail_any_more(lab):
    chain(Queue(connection=lab.redis))
    table = what_if(lab).table
    while not table.is_over:
        seen = table.now
        if any(move.key == "f" for move in table.moves()):
            step = seen.fate.steps[table.at]
            last = [call for call in seen.calls if call.job == step.job][-1]
            assert table.at < last.ended
        table.move("")


def test_workers_die_one_after_the_other(lab):
    chain(Queue(connection=lab.redis), retry=Retry(max=2))
    board = what_if(lab)
    until(board.table, "d", "worker-1")
    until(board.table, "d", "worker-2")
    board.table.finish()
    assert len(board.table.now.fate.crashes) == 2
    assert board.status() == FINE or board.status().startswith(
        "✗ Different from the run without your choices: "
    )


def test_a_crash_is_told_below_the_graph_with_who_comes_after_it_and_how_much_later(lab):
    chain(Queue(connection=lab.redis))
    board = what_if(lab)
    table = board.table
    while "stores the result of `b`" not in table.coming:
        assert board.table.told == []
        table.move("")
    table.move("d")
    choice = "Your choices: worker-1 crashes before it stores the result of `b`"
    assert board.table.told[0].startswith(choice)
    assert board.table.told[1].startswith("Workers: † worker-1 (crashed on `b`); started later: w")
    later, who = table.coming.split(": ", 1)
    assert re.fullmatch(r"Next, \d+ minutes later", later)
    assert re.fullmatch(r"worker-\d marks `b` as failed, because worker-1 has crashed\.", who)
    table.finish()
    _, what = board.status().split("✗ Different from the run without your choices: ")
    assert what == "`b` ends failed instead of finished; `c` stays deferred forever."
    assert board.table.told[0].startswith(choice)


def test_one_is_held_back_and_another_goes_first(lab):
    queue = Queue(connection=lab.redis)
    for name in "ab":
        queue.enqueue(tasks.join, name, job_id=name)
    table = what_if(lab, workers=2).table
    until(table, "w2")
    while not table.is_over:
        table.move("")
    ran = [call.job for call in table.now.calls]
    assert sorted(ran) == ["a", "b"] and table.choices.switches


def test_undo_takes_the_last_choice_back_wherever_one_has_gone_since(lab):
    chain(Queue(connection=lab.redis))
    board = what_if(lab)
    table = board.table
    until(table, "f", "`a` fails")
    assert board.table.told == ["Your choices: `a` fails."]
    at = until(table, "d", "worker-1")
    assert board.table.told[0].startswith("Your choices: `a` fails, and worker-1")
    table.finish()
    table.undo()
    assert table.at == at and board.table.told == ["Your choices: `a` fails."]
    table.undo()
    assert board.table.told == []
    table.undo()
    table.finish()
    assert set(states(table).values()) == {"finished"}


def test_one_step_back_from_the_end_is_where_one_went_there(lab):
    chain(Queue(connection=lab.redis))
    table = what_if(lab).table
    table.move("")
    here = table.at
    table.finish()
    table.back()
    assert table.at == here


@pytest.mark.parametrize("workers", [1, 3])
def test_no_button_moves_and_none_shows_a_mark_of_markdown(lab, workers):
    """No button comes or goes, and in a row only the last one has words that change."""
    chain(Queue(connection=lab.redis))
    board = what_if(lab, workers)
    moves, others, controls, _ = board.widget().children
    buttons = [*moves.children, *others.children, *controls.children]

    def shown():
        words = [button.description for button in (*moves.children[:-1], *controls.children[:-1])]
        return [button.layout.display for button in buttons], words

    before = shown()
    assert [one.layout.display for one in others.children].count("") == workers - 1
    go, crash, fail = moves.children
    assert fail.description == "✗ a fails" and not fail.disabled
    fail.click()
    assert fail.disabled and not crash.disabled
    while not go.disabled:
        assert shown() == before
        assert not any("`" in button.description for button in buttons)
        go.click()
    assert shown() == before
    assert all(not one.disabled for one in controls.children[:3])


def test_a_job_without_an_id_of_its_own_has_the_name_of_its_box(lab):
    queue = Queue(connection=lab.redis)
    for _ in range(2):
        queue.enqueue(tasks.join, "salt")
    board = what_if(lab)
    table = board.table
    assert board.status() == "Next: worker-1 takes `join` from the queue."
    until(table, "f", "`join 2` fails")
    assert table.told == ["Your choices: `join 2` fails."]
    until(table, "d")
    table.finish()
    words = "\n".join([board.status(), *table.told])
    assert "(crashed on `join 2`)" in words
    assert not [job.id for job in table.jobs.jobs if job.id in words]


def parts(queue):
    for name in "abcd":
        queue.enqueue(tasks.join, name, job_id=name)
    queue.enqueue(tasks.join, depends_on=[*"abcd"], job_id="e")


def test_each_of_four_workers_has_a_job_and_all_are_busy_at_once(lab):
    parts(Queue(connection=lab.redis))
    table = what_if(lab, workers=4).table
    assert table.told == ["Workers: worker-1, worker-2, worker-3, worker-4."]
    busy = []
    while not table.is_over:
        busy.append([*states(table).values()].count("started"))
        table.move("")
    calls = table.now.calls
    assert {call.job: call.worker for call in calls if call.job != "e"} == {
        name: f"worker-{n}" for n, name in enumerate("abcd", start=1)
    }
    assert max(busy) == 4


@pytest.mark.parametrize("keys", [[], ["d"], ["w2"], ["d", "f"]])
def test_the_token_of_a_board_with_several_workers_repeats_its_run(lab, keys):
    """The turns that the board has made are in it, and are nobody's choices."""
    parts(Queue(connection=lab.redis))
    table = what_if(lab, workers=3).table
    for key in keys:
        table.move("")
        until(table, key)
    table.finish()
    seen = table.now.fate
    assert table.choices.number == len(keys)
    again = play(table.now.story, seen.token)
    assert again.steps == seen.steps and again.kind == seen.kind


def test_with_a_worker_it_stops_where_a_learner_would(lab):
    chain(Queue(connection=lab.redis))
    board = what_if(lab)
    told = []
    while not board.table.is_over:
        told.append(board.status())
        board.table.move("")
    of_a = [one for one in told if "`a`" in one]
    assert of_a == [
        "Next: worker-1 takes `a` from the queue.",
        "Next: worker-1 starts `a`.",
        "Next: worker-1 stores the result of `a` and enqueues the dependents.",
    ]


async def flaky(ctx, fails: int) -> str:
    if ctx["job_try"] <= fails:
        raise OSError("not yet")
    return "done"


class Settings:
    functions = (flaky,)


async def enqueue_flaky(pool):
    await pool.enqueue_job("flaky", 0, _job_id="a")


def test_a_task_of_arq_fails_too():
    table = what_if(ArqStory(enqueue_flaky, Settings)).table
    until(table, "f", "`a` fails")
    table.finish()
    assert states(table) == {"a": "complete, failed"}


def test_a_failure_has_a_token_like_a_death():
    story = Story(chain)
    at = next(n for n, step in enumerate(play(story).steps) if step.says.startswith("notes that"))
    assert choices_of(f"f{at}").token == f"f{at}"
    assert "`a` fails with worker-1" in play(story, f"f{at}").says


def test_what_cannot_be_played_is_refused_with_a_reason(lab):
    with pytest.raises(ValueError, match="no job is queued here: enqueue some first"):
        what_if(lab)
    for workers in (0, "two"):
        with pytest.raises(ValueError, match="pass a whole number of at least 1"):
            what_if(lab, workers)
    with pytest.raises(TypeError, match=r"takes a Lab or a Story, and this is of type int"):
        what_if(3)


def test_all_that_a_queue_keeps_is_copied(lab):
    """A finished job with its result (a stream), a scheduled one, a retry: nothing is lost."""
    queue = Queue(connection=lab.redis)
    queue.enqueue(tasks.join, "salt", job_id="done")
    work(lab)
    queue.enqueue(tasks.join, depends_on="done", job_id="next")
    table = what_if(lab).table
    table.finish()
    assert states(table) == {"done": "finished", "next": "finished"}
    assert table.jobs["done"].result == Job.fetch("done", connection=lab.redis).return_value()
