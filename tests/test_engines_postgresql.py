"""`make engines` on PostgreSQL: how a statement is told and struck, and what a machine needs."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import patience
from tools.engines import __main__ as command
from tools.engines import engine, postgresql
from tools.engines.lane_postgresql import PostgreSQLLane
from tools.engines.places import label, places
from tools.engines.ports import free_port
from tools.engines.postgresql import Cluster, NoPostgreSQL
from tools.engines.proxy import Proxy
from tools.engines.psql import AskFailed
from tools.engines.sends import Tally
from tools.engines.statements import GREETING, Statements, told
from tools.engines.watch import Watch

try:
    postgresql.programs()
    without = ""
except NoPostgreSQL as error:
    without = str(error)
needs_server = pytest.mark.skipif(bool(without), reason=without)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN"),
        ("UPDATE jobs SET status='done', worker = 7 WHERE id = 4711", "UPDATE jobs status worker"),
        ("INSERT INTO dbos.queues (name) VALUES ('secret')", "INSERT queues"),
        ('DELETE FROM "jobs" WHERE id = 4711', "DELETE jobs"),
        ("SELECT a.id, b AS c FROM jobs a WHERE b = 4711 FOR UPDATE", "SELECT jobs id c"),
        ("SELECT * FROM fetch_job_v2(4711)", "SELECT fetch_job"),
        ("SELECT unnest( defer_jobs_v1( $1::job[] ) ) AS id;", "SELECT defer_jobs"),
        ("-- why\nWITH w AS (SELECT id FROM workers) SELECT 1", "SELECT workers id"),
        ("WITH done AS (UPDATE jobs SET status = $1 RETURNING 1) SELECT 1", "UPDATE jobs status"),
        ('LISTEN "new_jobs_v1"', "LISTEN new_jobs"),
        (";", ""),
    ],
)
def test_a_statement_is_told_by_its_verb_and_table_without_its_values(statement, name):
    assert told(statement) == name
    assert "4711" not in told(statement) and "secret" not in told(statement)


def message(kind, *parts):
    """Return a message of a client: its kind, its size, and texts that end with a zero byte."""
    body = b"".join(part if isinstance(part, bytes) else part.encode() + b"\0" for part in parts)
    return kind + (len(body) + 4).to_bytes(4) + body


STARTUP = message(b"", (3 << 16).to_bytes(4), "user", "me", b"\0")
DESCRIBE, EXECUTE, SYNC = message(b"D", b"P", ""), message(b"E", "", bytes(4)), message(b"S")
INSERT = "INSERT INTO jobs VALUES ($1)"


def bind(name):
    return message(b"B", "", name, bytes(6)) + DESCRIBE + EXECUTE + SYNC


def test_a_statement_counts_when_it_is_executed_and_a_commit_has_its_name():
    writes = [
        STARTUP,
        message(b"Q", "BEGIN"),
        message(b"P", "", INSERT, bytes(2)) + bind(""),
        message(b"Q", "COMMIT"),
        message(b"P", "s1", INSERT, bytes(2)) + SYNC,  # prepares it
        bind("s1"),
        message(b"Q", "COMMIT"),
    ]
    reader = Statements()
    said = [reader.read(write) for write in writes]
    insert, commit = ["INSERT jobs"], ["COMMIT INSERT jobs"]
    assert said == [[], ["BEGIN"], insert, commit, [], insert, commit]


def test_messages_in_two_pieces_are_read_as_whole_ones():
    data = STARTUP + message(b"P", "", INSERT, bytes(2)) + bind("") + message(b"Q", "COMMIT")
    for cut in range(1, len(data)):
        reader = Statements()
        said = reader.read(data[:cut]) + reader.read(data[cut:])
        assert said == ["INSERT jobs", "COMMIT INSERT jobs"], cut


def test_the_start_of_a_transaction_is_no_place_and_its_end_is_one():
    tally = Tally(greeting=GREETING)
    for one in ("BEGIN", "UPDATE jobs status worker", "COMMIT UPDATE jobs status worker", "COMMIT"):
        tally.take([one], 0)
    names = [place.name for place in places(tally.sends, 9)]
    assert names == [
        "start | UPDATE jobs status",
        "UPDATE jobs status | COMMIT UPDATE jobs",
        "COMMIT UPDATE jobs | effect",
    ]
    assert label("COMMIT SELECT procrastinate_fetch_job") == "COMMIT SELECT procrastinate_fetch_job"


@pytest.fixture(scope="module")
def cluster():
    port = free_port()
    with TemporaryDirectory() as folder:  # pytest's own is closed to the server's user
        found = Cluster(Path(folder), port)
        yield found, port
        found.close()


@needs_server
@pytest.mark.parametrize(("after", "rows"), [(False, []), (True, [["1"]])])
def test_a_commit_is_struck_before_it_arrives_or_after_the_server_has_carried_it_out(
    cluster, after, rows
):
    server, port = cluster
    asked = server.psql("postgres")
    asked.ask("DROP TABLE IF EXISTS jobs", "CREATE TABLE jobs (id int)")
    proxy = Proxy(port, Statements)
    watch = Watch(Tally(greeting=GREETING), at=2, after=after, strike=lambda: True)
    proxy.begin(watch)
    script = "BEGIN;\nINSERT INTO jobs VALUES (1);\nCOMMIT;\nSELECT 2"
    url = PostgreSQLLane.url.format(port=proxy.port).replace("/chain", "/postgres")
    done = subprocess.run(
        [postgresql.programs() / "psql", "-X", url], input=script, capture_output=True, text=True
    )
    proxy.close()
    assert watch.struck and done.returncode
    assert "INSERT 0 1" in done.stdout and "COMMIT" not in done.stdout
    assert asked.ask("SELECT id FROM jobs") == rows
    asked.close()


@needs_server
def test_a_restarted_server_has_its_data_and_a_refused_statement_is_told(cluster):
    server, _ = cluster
    asked = server.psql("postgres")
    asked.ask("CREATE TABLE kept AS SELECT 7 AS id")
    asked.close()
    server.close()
    server.start()
    asked = server.psql("postgres")
    assert asked.ask("SELECT id, NULL FROM kept") == [["7", ""]]
    with pytest.raises(AskFailed, match='"nothing" does not exist'):
        asked.ask("SELECT * FROM nothing")
    asked.close()


@needs_server
def test_the_server_ends_with_the_process_that_started_it():
    with TemporaryDirectory() as folder:
        code = (
            "import sys, pathlib; from tools.engines.postgresql import Cluster\n"
            f"Cluster(pathlib.Path({folder!r}), {free_port()}); print('it runs', flush=True)\n"
            "sys.stdin.read()"
        )
        words = [sys.executable, "-c", code]
        starter = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert starter.stdout.readline() == b"it runs\n"
        (note,) = Path(folder).glob("cluster-*/postmaster.pid")
        number = int(note.read_text().split()[0])
        assert os.path.exists(f"/proc/{number}")
        starter.send_signal(signal.SIGKILL)
        starter.communicate()
        patience.until(lambda: not note.exists())


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(postgresql, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(command, "prove", lambda lanes: pytest.fail("it has begun"))


def test_the_newest_of_debians_releases_is_taken(nothing_installed, tmp_path):
    for release in ("9.6", "15", "16"):
        (tmp_path / release / "bin").mkdir(parents=True)
        if release != "16":  # which has no server
            (tmp_path / release / "bin" / "initdb").touch()
    assert postgresql.programs() == tmp_path / "15" / "bin"


@pytest.mark.parametrize("name", engine.ON_POSTGRESQL)
def test_an_engine_without_its_server_is_one_clear_sentence_and_exit_code_2(
    name, nothing_installed, capsys
):
    assert command.main([name, "--modes", "kill"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "no PostgreSQL here" in error and "install" in error


def test_all_engines_without_that_server_are_all_others(nothing_installed, capsys):
    asked = command.parser().parse_args([])
    todo = command.playable(command.chosen(asked), asked.engines)
    assert {name for name, _, _ in todo} == set(engine.NAMES) - set(engine.ON_POSTGRESQL)
    error = capsys.readouterr().err
    assert re.fullmatch(r"left out are dbos and procrastinate: there is no PostgreSQL .+\n", error)
