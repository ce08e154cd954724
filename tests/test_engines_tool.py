"""`make engines`: what is counted, how places are named, how ends are classed, and what is news."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lesson_code.lab.server.own import NoOwnServer
from tests.sampling import proof
from tools.engines import __main__ as command
from tools.engines import bars, compare, engine, kept, page, ports, processes, run, versions
from tools.engines.crew import Crew, room_for
from tools.engines.ends import ENDS, Seen, end_of
from tools.engines.kept import Found, Result
from tools.engines.lane import Lane, TrialFailed
from tools.engines.modes import MODES
from tools.engines.order import Order, Outcome
from tools.engines.places import drawn, label, places, same_plan
from tools.engines.proxy import Proxy
from tools.engines.sends import Tally, parse, text
from tools.engines.study import Study
from tools.engines.watch import Watch
from tools.engines.words import UNEXPLAINED, between, sentence


def wire(*words):
    """Return a command as a client writes it."""
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def test_a_write_is_parsed_into_its_commands_and_the_start_of_the_next():
    data = wire("SET", "a", "1\r\n2") + wire("GET", "a")
    assert parse(data) == ([[b"SET", b"a", b"1\r\n2"], [b"GET", b"a"]], b"")
    for cut in range(1, len(data)):
        first, rest = parse(data[:cut])
        second, left = parse(rest + data[cut:])
        assert (first + second, left) == (parse(data)[0], b""), cut


def test_a_send_is_told_without_what_differs_from_run_to_run():
    uid, stamp = "12345678-1234-1234-1234-123456789abc", "1796070625942.5"
    assert text([b"set", f"job:{uid}".encode(), stamp.encode()]) == "SET job:* *"
    assert text([b"SET", b"k", b"\x80\n"]) == "SET k ~~"


def counted(tally, *writes):
    return [tally.take(list(write), 0)[0] for write in writes]


def test_greetings_beats_and_a_poll_after_a_poll_do_not_count():
    tally = Tally(first="BLPOP", poll="BLPOP", beat="ZADD beat")
    poll = ("BLPOP q 1",)
    sent = [("HELLO 3",), ("GET early",), poll, poll, ("ZADD beat 1",), poll, ("GET a",), poll]
    assert counted(tally, *sent) == [False, False, True, False, False, False, True, True]
    assert [send for send, _ in tally.sends] == ["BLPOP q 1", "GET a", "BLPOP q 1"]


def test_a_transaction_and_a_pipeline_are_one_send_each():
    tally = Tally(beat="ZADD beat")
    assert counted(tally, ("MULTI", "SET a 1", "EXEC"), ("SET a 1", "ZADD beat 1")) == [True, True]
    assert [send for send, _ in tally.sends] == ["MULTI + SET a 1 + EXEC", "SET a 1"]


def test_a_transaction_is_told_in_full_even_with_a_beat_in_it():
    tally = Tally(beat="ZADD beat")
    tally.take(["MULTI", "ZADD beat 1", "SET a 1", "EXEC"], 0)
    assert tally.sends == [("MULTI + ZADD beat 1 + SET a 1 + EXEC", 0)]


def test_only_work_puts_off_the_time_at_which_a_worker_is_idle():
    tally = Tally(poll="BLPOP", beat="PING")
    signs = [tally.take([one], 0)[1] for one in ("GET a", "BLPOP q", "BLPOP q", "PING")]
    assert signs == [True, False, False, False]


class Server(threading.Thread):
    """Answers +OK to each write, and notes it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener, self.got = socket.create_server(("127.0.0.1", 0)), []
        self.start()

    def run(self):
        client, _ = self.listener.accept()
        while data := client.recv(1 << 16):
            self.got += [text(words) for words in parse(data)[0]]
            client.sendall(b"+OK\r\n")
        client.close()


@pytest.mark.parametrize(
    ("after", "ends", "arrived", "answers"),
    [(False, True, 1, 1), (True, True, 2, 1), (False, False, 3, 3), (True, False, 3, 3)],
)
def test_the_proxy_strikes_before_the_send_or_withholds_its_answer(after, ends, arrived, answers):
    server = Server()
    proxy = Proxy(server.listener.getsockname()[1])
    struck = []
    watch = Watch(at=2, after=after, strike=lambda: bool(struck.append(len(server.got)) or ends))
    proxy.begin(watch)
    got = b""
    with socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.settimeout(5)
        for word in "abc":
            try:
                client.sendall(wire("GET", word))
                got += client.recv(100)
            except OSError:
                break
    proxy.close()
    server.listener.close()
    assert struck == [2 if after else 1] and watch.struck
    assert (len(server.got), got.count(b"+OK")) == (arrived, answers)


def test_a_command_in_two_pieces_counts_once():
    server = Server()
    proxy = Proxy(server.listener.getsockname()[1])
    watch = proxy.begin()
    with socket.create_connection(("127.0.0.1", proxy.port)) as client:
        data = wire("SET", "a", "z" * 100)
        for piece in (data[:60], data[60:]):
            client.sendall(piece)
            client.recv(100)  # the server answers each piece
    proxy.close()
    server.listener.close()
    assert [send for send, _ in watch.tally.sends] == ["SET a " + "z" * 60]


def test_a_session_is_killed_with_all_that_it_has_started():
    code = (
        "import subprocess; p = subprocess.Popen(['sleep', '60']); print(1, flush=True); p.wait()"
    )
    leader = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    )
    leader.stdout.read(1)
    assert len(processes.session(leader.pid)) == 2
    processes.kill(leader.pid)
    assert processes.session(leader.pid) == [] and leader.wait() == -9
    leader.stdout.close()
    with pytest.raises(ValueError, match="no session"):
        processes.kill(0)


def test_a_place_is_named_by_what_comes_before_and_after_it():
    sends = [("BLPOP q 5", 0), ("HSET job:a status queued", 0), ("BLPOP q 5", 2), ("GET x", 2)]
    assert [(one.at, one.after, one.name) for one in places(sends, 4)] == [
        (1, False, "start | BLPOP q"),
        (2, False, "BLPOP q | HSET job:a status"),
        (2, True, "HSET job:a status | effect"),
        (3, False, "HSET job:a status | BLPOP q"),
        (4, False, "BLPOP q | GET x"),
        (4, True, "GET x | effect"),
    ]


def test_the_same_two_commands_twice_are_two_places():
    names = [one.name for one in places([("GET a", 0)] * 4, 0)]
    assert names == ["start | GET a", "GET a | GET a", "GET a | GET a (2)", "GET a | GET a (3)"]


def test_values_are_not_in_a_name_and_a_script_is_named_by_its_first_arguments():
    assert label('LPUSH celery {"body": "W1td') == "LPUSH celery"
    assert label("EVALSHA * 1 dramatiq fetch") == "EVALSHA * 1 dramatiq fetch"
    assert label("EVALSHA *c42144e3 1 dramatiq ack") == "EVALSHA * 1 dramatiq ack"
    in_full = "EVAL --[[~  Move job from active to a finished status (completed  14 bull:wait bull:"
    assert label(in_full) == "EVAL (Move job from active to a finished…) 14 bull:wait"
    assert label("MULTI + SET a b + SET c d + EXEC") == "MULTI + SET a b + SET c d + 1 more"
    assert same_plan("SET a 1", "SET a 2") and not same_plan("SET a 1", "SET b 1")


@pytest.mark.parametrize(
    ("seen", "end"),
    [
        (Seen("abc", {}), "unharmed"),
        (Seen("abc", {"queue": 1}, True, "abcp"), "unharmed"),
        (Seen("abbc", {}), "twice"),
        (Seen("abca", {}), "twice"),
        (Seen("ab", {}, True, "abp"), "lost"),
        (Seen("ab", {"doing": 1}, True, "abp"), "lost"),
        (Seen("ab", {"failed": ["c"]}, True, "abp"), "parked"),
        (Seen("ab", {"pending": 1}, True, "abpc"), "traffic"),
        (Seen("ab", {"pending": 1}, True, "abbpc"), "traffic"),
        (Seen("ab", {}, False, "ab"), "hangs"),
        (Seen("acbc", {}), "disorder"),
    ],
)
def test_each_end_has_its_class(seen, end):
    assert end_of(seen) == end


def test_each_class_is_planted():
    marks = test_each_end_has_its_class.pytestmark
    assert {end for mark in marks for _, end in mark.args[1]} == set(ENDS)


def result(places, **more):
    signed = {
        "engine": "huey", "variant": "RedisHuey", "mode": "kill", "date": "2026-11-30",
        "versions": "huey 3.5.4, redis 8.1.0", "python": "Python 3.11.7", "server": "Valkey 9.1.2",
        "file": "tools/engines/chains/huey.py", "passes": 1, "races": False, "missed": 0,
        "seconds": 1,
    }  # fmt: skip
    found = [
        Found(name, k, False, ends=ends.split(), effects=["abc"] * len(ends.split()))
        for k, (name, ends) in enumerate(places.items())
    ]
    return Result(**signed | more, places=found)


def told(before, now):
    return [(one.place, one.was, one.now) for one in compare.news(before, now)]


def test_only_a_changed_a_new_and_a_vanished_place_are_news():
    before = result({"same": "lost", "changed": "lost", "gone": "twice"})
    now = result({"new": "unharmed", "same": "lost", "changed": "unharmed"})
    assert told(before, now) == [
        ("new", "", "unharmed"),
        ("changed", "lost", "unharmed"),
        ("gone", "twice", ""),
    ]
    assert [str(one) for one in compare.news(before, now)][1] == (
        "huey, RedisHuey, kill: changed: was lost, is unharmed"
    )
    assert told(before, before) == []


def test_where_processes_race_an_end_that_was_seen_before_is_no_news():
    before = result({"a": "lost twice lost"}, races=True)
    assert told(before, result({"a": "twice"}, races=True)) == []
    assert told(before, result({"a": "parked"}, races=True)) == [("a", "lost or twice", "parked")]


@pytest.mark.parametrize("mode", ["two", "restart", "again"])
def test_a_sampled_place_that_only_has_another_number_is_no_news(mode):
    before = result(
        {"a | b": "lost", "a | c ‖ d #4": "twice", "a | c ‖ d #5": "lost", "e | f": "lost"},
        mode=mode,
    )
    same = {"a | b (2)": "lost", "a | c (3) ‖ d #4": "twice", "a | c ‖ d #7": "x", "g | h": "lost"}
    assert told(before, result(same, mode=mode)) == []
    changed = result({"a | b (2)": "unharmed", "a | c (3) ‖ d #4": "twice"}, mode=mode)
    assert told(before, changed) == [("a | b (2)", "lost", "unharmed")]
    assert told(before, result({"a | b": "twice"}, mode=mode)) == [("a | b", "lost", "twice")]
    if mode != "again":
        everywhere = replace(before, mode="kill"), result(same)
        assert len(told(*everywhere)) == 8


def test_where_threads_race_a_place_that_comes_and_goes_is_no_news():
    before = result({"a | b": "lost", "c | d": "twice"}, races=True)
    assert told(before, result({"a | b (2)": "lost", "e | f": "lost"}, races=True)) == []
    assert told(before, result({"a | b (2)": "twice"}, races=True)) == [
        ("a | b (2)", "lost", "twice")
    ]


def test_a_place_whose_runs_have_differed_races_from_then_on():
    before = result({"a": "lost twice", "b": "lost"})
    assert told(before, result({"a": "twice", "b": "lost"})) == []
    assert told(before, result({"a": "parked", "b": "lost"})) == [("a", "lost or twice", "parked")]


def test_a_place_keeps_the_ends_that_it_had_with_these_versions():
    before = result({"a": "lost twice", "b": "lost", "c": "lost"})
    now = {"a": "twice", "b": "twice twice", "c": "lost", "d": "lost"}
    found = kept.united(before, result(now))
    assert found.ends() == {
        "a": ["twice", "lost"], "b": ["twice", "twice", "lost"], "c": ["lost"], "d": ["lost"]
    }  # fmt: skip
    assert all(len(one.ends) == len(one.effects) for one in found.places)
    assert told(found, result(now)) == []
    other = result(now, versions="huey 3.6")
    assert kept.united(before, other).ends() == kept.united(None, other).ends() == other.ends()


def test_a_draw_is_the_same_when_there_is_one_place_more():
    every = [Found(f"p{k}", k, False) for k in range(30)]
    names = [one.name for one in drawn(every, 12)]
    assert len(names) == 12 and names == sorted(names, key=lambda name: int(name[1:]))
    more = [one.name for one in drawn([Found("new", 0, False), *every], 12)]
    assert len(set(names) - set(more)) <= 1
    assert drawn(every[:5], 12) == drawn(every[:5], None) == every[:5]


def test_several_runs_are_told_as_a_range():
    one = result({"a": "lost lost twice", "b": "lost twice twice"}, races=True)
    assert one.counts("lost") == [2, 1, 0]
    assert page.numbers(one.counts("lost")) == "0–2" and page.numbers([3, 3]) == "3"
    assert page.counted(one) == "2 places, twice 0–2, lost 0–2"


def test_a_place_that_was_played_less_often_counts_in_each_pass():
    assert result({"a": "lost", "b": "lost twice twice"}).counts("lost") == [2, 1, 1]


def test_results_are_kept_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    one, other = result({"a | b": "lost"}), result({"a | b": "twice"}, mode="term")
    kept.keep("huey", [one])
    kept.keep("huey", [other])
    assert kept.read("huey") == [one, other]
    kept.keep("huey", [changed := result({"a | b": "unharmed"})])
    assert kept.read("huey") == [changed, other]
    assert kept.read("nothing") == []


@pytest.mark.parametrize("name", ["versions", "python", "server", "date", "file"])
def test_a_row_without_its_origin_is_refused(name):
    with pytest.raises(page.Unsigned, match=f"no {name}"):
        page.row(result({"a": "lost"}, **{name: ""}))


def test_a_row_has_the_numbers_and_their_origin():
    line = page.row(result({"a": "lost", "b": "unharmed"}))
    assert line == (
        "| Huey 3.5.4 | RedisHuey | 2 | 1 | 0 | 1 | 0 | 0 | 0 | huey 3.5.4, redis 8.1.0; "
        "Python 3.11.7; Valkey 9.1.2 | 2026-11-30 | [huey.py](../tools/engines/chains/huey.py) |"
    )


def test_an_end_without_a_column_is_refused():
    with pytest.raises(page.Unsigned, match=r"no column for .'disorder'."):
        page.row(result({"a": "disorder"}))


def every_result():
    return [one for name in engine.NAMES for one in page.in_order(name)]


def test_the_page_is_what_the_kept_results_give():
    assert page.FILE.read_text("utf-8") == page.text(every_result()), "make engines"


def test_each_row_of_the_page_names_versions_date_and_an_existing_file():
    rows = [x for x in page.FILE.read_text("utf-8").splitlines() if re.match(r"\| \w+ \d", x)]
    assert len(rows) == len(every_result()) > 20
    for line in rows:
        *_, versions, date, file, _ = [cell.strip() for cell in line.split("|")]
        server = r"(Valkey|PostgreSQL) [\d.]+"
        signed = re.fullmatch(rf"\w+ [\d.]+.*; (Python|Node\.js) [\d.]+; {server}", versions)
        assert signed, line
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", date), line
        assert (page.FILE.parent / re.search(r"\((.+)\)", file)[1]).resolve().exists(), line


def test_the_prose_of_the_page_has_no_number_of_places():
    numbers = re.findall(r"\b\d+ (?:of|places|jobs|runs)\b", page.HEAD)
    assert numbers == []


def test_the_picture_is_what_the_kept_results_give():
    assert bars.FILE.read_text("utf-8") == bars.bars(dict(bars.found())).svg + "\n", "make engines"


def test_a_bar_has_all_places_of_its_row_and_the_worst_end_of_each(monkeypatch):
    places = [Found("x", 1, False, ends=["unharmed", "lost", "twice"]), Found("y", 2, False)]
    places[1].ends.append("twice")
    one = replace(result({}), variant="default", mode="kill", places=places)
    monkeypatch.setattr(bars, "SHOWN", {"streaQ": ("streaq", "default")})
    monkeypatch.setattr(bars.kept, "read", lambda _: [one])
    picture = bars.bars(dict(bars.found()))
    assert str(picture) == "streaQ: 2 places: 1 twice, 1 lost"
    assert picture.svg.count(f"h{bars.WIDTH / 2:.4g}v") == 2


@pytest.mark.parametrize("ends, said", [({"late": 1}, "'late'"), ({"lost": 0}, "no places")])
def test_a_bar_that_would_be_wrong_is_refused(ends, said):
    with pytest.raises(ValueError, match=said):
        bars.bars({"RQ": ends})


@pytest.mark.parametrize("name", engine.NAMES)
def test_each_chain_file_has_what_the_driver_needs(name):
    chain = engine.chain_of(name)
    for needed in ("warm", "enqueue", "probe", "work", "later", "left"):
        assert callable(getattr(chain, needed))
    assert chain.__doc__ and chain.PROMISE.endswith(".") and chain.FIRST
    assert {mode for modes in chain.VARIANTS.values() for mode in modes} <= set(MODES)
    assert set(getattr(chain, "RACES", ())) <= set(chain.VARIANTS)
    for end, pattern, words in chain.WORDS:
        assert end in ENDS and words.endswith("."), words
        re.compile(pattern)


def test_a_place_of_harm_is_told_in_words():
    chain = engine.chain_of("rq2")
    place = "BLPOP rq:queue:default rq:queue:other | HGETALL rq:job:a"
    assert "BLPOP" in sentence(chain, "kill", "lost", place)
    assert sentence(chain, "kill", "lost", place) != sentence(chain, "term", "lost", place)
    assert sentence(engine.chain_of("control"), "kill", "lost", place) == UNEXPLAINED
    assert between("A b | C d (2)") == "between `A b` and `C d` (2)"
    assert between("start | C d") == "before `C d`, the first"
    assert between("A b | effect") == "after `A b`, its answer withheld"
    assert between("A | B ‖ C d #7") == "between `A` and `B`; then before `C d`"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rq4"], "there is no engine 'rq4' here: rq2, rq3"),
        (["rq2", "--modes", "hug"], "there is no mode 'hug': kill, term"),
        (["rq2", "arq", "--with", "rq==3.0.0"], "WITH needs one engine"),
        (["celery", "--with", "django==5.2"], "celery pins celery, and not django"),
        (["arq", "--variant", "forking"], "no variant 'forking'"),
        (["rq2", "--variant", "simple", "--show", "x"], "no variant 'simple'"),
        (["arq", "--show", "many"], 'SHOW is a number of a send, "37" or "37 after"'),
    ],
)
def test_a_bad_name_is_one_clear_sentence_and_exit_code_2(words, said, capsys, monkeypatch):
    monkeypatch.setattr(command, "prove", lambda lanes: pytest.fail("it has begun"))
    assert command.main(words) == 2
    error = capsys.readouterr().err.strip()
    assert said in error and "\n" not in error


def test_a_driver_that_misses_the_broken_control_stops(monkeypatch, capsys):
    from tools.engines import control

    class Nothing:
        def run(self):
            return [Found("a | b", 1, False, ends=["unharmed"])]

    monkeypatch.setattr(control, "Study", lambda *_: Nothing())
    monkeypatch.setattr(command, "install", lambda *_: None)
    assert command.main(["arq", "--lanes", "1"]) == 1
    assert "must lose jobs at 2" in capsys.readouterr().err


class Planted:
    """A crew with planted outcomes: for each place the ends, "drift", "missed" or "trouble"."""

    def __init__(self, sends, ends, repeats=False):
        self.engine = SimpleNamespace(repeats=lambda variant, mode: repeats)
        self.sends, self.ends, self.played = [(one, 0) for one in sends], ends, []

    def play(self, orders):
        for order in list(orders):
            if order.at is None:
                yield self.outcome(order, "unharmed")
                continue
            self.played.append(order.at)
            yield self.outcome(order, self.ends[order.at].pop(0))

    def outcome(self, order, end):
        sends = [("OTHER", 0)] * len(self.sends) if end == "drift" else self.sends
        trouble = "it broke" if end == "trouble" else ""
        return Outcome(order, end, Seen("abc", {}), end != "missed", sends, 0, trouble=trouble)


def test_a_trial_that_met_another_send_is_played_again():
    crew = Planted(["GET a", "GET b"], {1: ["drift", "drift", "lost"], 2: ["missed"]})
    study = Study(crew, "one", "kill")
    assert [(one.name, one.ends) for one in study.run()] == [("start | GET a", ["lost"])]
    assert crew.played == [1, 2, 1, 1] and study.missed == 1


def test_a_trial_that_cannot_be_carried_out_is_told():
    study = Study(Planted(["GET a"], {1: ["trouble"] * 4}), "one", "kill")
    assert study.run() == [] and "it broke" in study.troubles[0]


def test_what_races_and_what_differs_from_the_last_time_is_played_three_times():
    crew = Planted(["GET a"], {1: ["lost", "twice", "lost"]}, repeats=True)
    assert Study(crew, "one", "kill").run()[0].ends == ["lost", "twice", "lost"]
    crew = Planted(["GET a", "GET b"], {1: ["lost"] * 3, 2: ["lost"]})
    known = {"start | GET a": ["twice"], "GET a | GET b": ["lost"]}
    found = Study(crew, "one", "kill").run(kept=known)
    assert [one.ends for one in found] == [["lost"] * 3, ["lost"]]
    crew = Planted(["GET a"], {1: ["lost", "twice", "lost"]})
    found = Study(crew, "one", "kill").run(kept={"start | GET a": ["lost", "twice"]})
    assert [one.ends for one in found] == [["lost", "twice", "lost"]]


@proof
@pytest.mark.parametrize("times", [1, ports.TRIES])
def test_a_port_that_is_taken_meanwhile_is_left_for_another(monkeypatch, tmp_path, times):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    free = ports.free_port
    with socket.create_server(("127.0.0.1", 0)) as other:
        found = iter([other.getsockname()[1]] * times)
        monkeypatch.setattr(ports, "free_port", lambda: next(found, None) or free())
        if times < ports.TRIES:
            with Lane(engine.engine(engine.CONTROL)) as lane:
                assert lane.redis.ping()
        else:
            with pytest.raises(NoOwnServer):
                Lane(engine.engine(engine.CONTROL))
    assert not [*tmp_path.iterdir()]


def test_the_driver_finds_the_broken_control_and_leaves_nothing():
    with Crew(engine.CONTROL, (), 2, room_for(1)) as crew:
        lanes = [one.pid for one in crew._processes]
        study = Study(crew, "ack before next", "kill")
        found = study.run()
    lost = [one.name for one in found if one.ends == ["lost"]]
    assert lost == ["LREM doing | RPUSH queue b", "LREM doing | RPUSH queue c"]
    assert not study.troubles and not any(os.path.exists(f"/proc/{pid}") for pid in lanes)


@proof
def test_a_fresh_worker_takes_the_extra_job_after_a_second_kill_that_left_nothing():
    with Crew(engine.CONTROL, (), 1) as crew:
        (outcome,) = crew.play([Order("pop", "again", at=1, again=3)])
    assert outcome.again[-1].startswith("LREM doing")
    assert (outcome.struck_again, outcome.end, outcome.seen.at_last) == (True, "lost", "ap")


@proof
def test_a_crew_that_is_stopped_twice_in_its_trials_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    ends = pytest.raises(TrialFailed, match="a lane of control has ended")
    with ends, Crew(engine.CONTROL, (), 2) as crew:
        lanes = [one.pid for one in crew._processes]
        for _ in crew.play([Order("right")] * 50):
            crew.stop()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in lanes)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("engines-")] == []


class Sluggish:
    """A crew that plays until it is stopped, or at once raises an error."""

    def __init__(self, name, *_):
        self.engine = SimpleNamespace(name=name, environment=None)
        self.stopped = threading.Event()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def stop(self):
        self.stopped.set()


def test_an_error_of_one_crew_ends_the_other(monkeypatch):
    def study(self, crew, *_):
        if crew.engine.name == "arq" or not crew.stopped.wait(20):
            raise TrialFailed(crew.engine.name)

    monkeypatch.setattr(run, "Crew", Sluggish)
    monkeypatch.setattr(run.versions, "signature", lambda *_: {"server": "Valkey 9.1.2"})
    monkeypatch.setattr(run.Run, "_study", study)
    todo = [("huey", "RedisHuey", "kill"), ("huey", "RedisHuey", "term"), ("arq", "x", "kill")]
    with pytest.raises(TrialFailed, match="arq"):
        run.play(todo, (), 1)


def test_what_took_longest_the_last_time_begins_first(monkeypatch):
    took = {"huey": 5, "saq": 50}
    known = lambda name: [result({}, engine=name, variant="x", seconds=took[name])] * 2  # noqa: E731
    monkeypatch.setattr(run.kept, "read", known)
    assert run.longest_first([("huey", "x"), ("saq", "x"), ("saq", "new")]) == [
        ("saq", "x"), ("huey", "x"), ("saq", "new")
    ]  # fmt: skip


def test_a_server_is_named_as_it_names_itself():
    of_valkey = {"server_name": "valkey", "valkey_version": "9.1.2", "redis_version": "7.2.4"}
    for said, name in [(of_valkey, "Valkey 9.1.2"), ({"redis_version": "7.0.15"}, "Redis 7.0.15")]:
        assert versions.of_server(SimpleNamespace(info=lambda _, said=said: said)) == name
