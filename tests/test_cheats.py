"""An answer that reaches into a world is refused by name; an honest one is not."""

import pytest

from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.check.reaching import reaches
from lesson_code.exercises.exercise import exercises, find

BANK = """
from lesson_code.worlds import bank

def charge_once(customer, month):
"""
CHAIN = """
from lesson_code.worlds import shop

def order_chain(queue):
    charge = queue.enqueue(shop.charge, "A7", job_id="charge")
    pack = queue.enqueue(shop.pack, "A7", depends_on=charge, job_id="pack")
    queue.enqueue(shop.ship, "A7", depends_on=pack, job_id="ship")
"""
CHEATS = {
    "writes what the bank remembers": (
        "charge_once",
        BANK + "    bank._answers[customer, month] = 'receipt'",
        "`bank._answers` belongs to the check",
    ),
    "imports what the bank remembers": (
        "charge_once",
        BANK + "    from lesson_code.worlds.bank import _answers",
        "`bank._answers` belongs to the check",
    ),
    "makes up its name": (
        "charge_once",
        BANK + "    getattr(bank, '_'.join(['', 'answers'])).clear()",
        "`bank._answers` belongs to the check",
    ),
    "looks through all that a world has": (
        "charge_once",
        BANK + "    vars(bank)",
        "`bank.__dict__` belongs to the check",
    ),
    "goes through a function to its world": (
        "charge_once",
        BANK + "    bank.charge.__globals__['_answers'].clear()",
        "line 5 uses `__globals__`, which belongs to the check",
    ),
    "does a task without a trace": (
        "order_chain",
        CHAIN + "    shop.charge.__wrapped__('A7')",
        "line 8 uses `__wrapped__`, which belongs to the check",
    ),
    "replaces a task and puts it back": (
        "order_chain",
        CHAIN + "    kept, shop.pack = shop.pack, print\n    shop.pack = kept",
        "an answer must not replace `shop.pack`, which the check needs as it is",
    ),
    "patches a task": (
        "order_chain",
        CHAIN + "    from unittest.mock import patch\n    patch.object(shop, 'pack').start()",
        "`shop.__dict__` belongs to the check",
    ),
    "deletes a task": (
        "order_chain",
        CHAIN + "    del shop.pack",
        "an answer must not replace `shop.pack`, which the check needs as it is",
    ),
    "replaces what a job says of itself": (
        "order_chain",
        CHAIN + "    Job.is_finished = True",
        "it has replaced `Job.is_finished`, which the check needs as it is",
    ),
    "makes a task of its own that is noted as another": (
        "order_chain",
        CHAIN + "    shop.task(lambda order: order)",
        "`shop.task` belongs to the check",
    ),
    "reads the data of another day": (
        "resume_import",
        "from lesson_code.worlds import imports\n\ndef resume_import(night):\n"
        "    return sum(imports.OTHER['ORDERS'].values())",
        "`imports.OTHER` belongs to the check",
    ),
    "calls off the failures": (
        "late_file",
        "def late_file(queue):\n    inject_failures({})",
        "line 2 uses `inject_failures`, which belongs to the check",
    ),
    "reads the journal": (
        "order_chain",
        CHAIN + "    import sys\n    sys.modules['lesson_code.worlds.accidents'].journal.clear()",
        "line 9 uses `lesson_code.worlds.accidents`, which belongs to the check",
    ),
    "writes the state of a job": (
        "order_chain",
        CHAIN + "    queue.connection.hset(pack.key, 'status', 'finished')",
        "`HSET rq:job:pack` changes a key of RQ behind its back",
    ),
    "deletes a job in a transaction": (
        "order_chain",
        CHAIN + "    queue.connection.pipeline().delete(b'rq:job:pack')",
        "`DEL rq:job:pack` changes a key of RQ behind its back",
    ),
    "empties a queue in a script": (
        "order_chain",
        CHAIN + "    queue.connection.eval('redis.call(\"DEL\", KEYS[1])', 1, queue.key)",
        "`EVAL rq:queue:default` changes a key of RQ behind its back",
    ),
    "finds the journal beside its world": (
        "order_chain",
        CHAIN + "    import lesson_code.worlds.shop\n    lesson_code.worlds.accidents.tried",
        "`accidents.tried` belongs to the check",
    ),
}
COMPOSED = {
    "by getattr": (
        "    getattr(shop.charge, '__glo' + 'bals__')",
        "`__globals__` belongs to the check",
    ),
    "by setattr": (
        "    setattr(shop.charge, '__co' + 'de__', 1)",
        "`__code__` belongs to the check",
    ),
    "by attrgetter": (
        "    from operator import attrgetter\n    attrgetter('charge.__wrap' + 'ped__')(shop)",
        "`__wrapped__` belongs to the check",
    ),
    "of a world, by attrgetter": (
        "    import operator\n    operator.attrgetter('ta' + 'sk')(shop)",
        "`shop.task` belongs to the check",
    ),
    "from a dictionary": (
        "    import gc\n    vars(gc)['get_' + 'objects']()",
        "`gc.get_objects` belongs to the check",
    ),
    "of a frame": (
        "    try:\n        1 / 0\n    except Exception as error:\n"
        "        its = error.__traceback__\n"
        "        vars(type(its))['tb_' + 'frame'].__get__(its)",
        "`tb_frame` belongs to the check",
    ),
    "around the guard of a module": (
        "    object.__getattribute__(shop, '__di' + 'ct__')",
        "line 8 uses `__getattribute__`, which belongs to the check",
    ),
    "in a job, which fails anyway": (
        "    queue.enqueue(reach)\n\ndef reach():\n    getattr(shop.charge, '__glo' + 'bals__')",
        "`__globals__` belongs to the check",
    ),
    "under another name": (
        "    from inspect import getclosurevars as look\n    look(shop.charge)",
        "line 8 uses `getclosurevars`, which belongs to the check",
    ),
}
READ = "import importlib, pkgutil, sys, lesson_code.worlds.shop\n\ndef order_chain(queue):\n"
OF_THE_CHECK = "lesson_code.exercises.exercise"
FINDS = {
    f"importlib.import_module('{OF_THE_CHECK}').find": f"uses `{OF_THE_CHECK}`",
    f"sys.modules['{OF_THE_CHECK}'].find": f"uses `{OF_THE_CHECK}`",
    f"pkgutil.resolve_name('{OF_THE_CHECK}:find')": f"uses `{OF_THE_CHECK}:find`",
    "sys.modules['.'.join(['lesson_code', 'exercises', 'exercise'])].find": "`exercise.find`",
    "lesson_code.exercises.exercise.find": "`exercise.find` belongs to the check",
    "sys._getframe().f_back": "uses `f_back`",
    "__import__('gc').get_objects": "uses `get_objects`",
}


@pytest.mark.parametrize("way", FINDS)
def test_no_way_leads_to_the_solutions(way):
    [verdict] = examine(find("order_chain"), [f"{READ}    {way}('order_chain').solutions[0]"])
    assert FINDS[way] in " ".join(verdict["sentences"])


HONEST = {
    "gets a task by its name": "    getattr(shop, shop.charge.__name__)",
    "asks for the name of a world": "    print(shop.__name__, shop.__doc__, shop)",
    "asks how a task is called": "    import inspect\n    inspect.signature(shop.charge)",
    "has names of its own": "    task = journal = OTHER = _answers = 1\n    print(task, journal)",
    "looks at what RQ keeps for itself": "    charge._dependency_ids, vars(charge)",
    "composes the name of a task": "    getattr(shop, 'char' + 'ge'), getattr(charge, 'no', None)",
    "sorts jobs by an attribute": "    from operator import attrgetter\n"
    "    sorted([pack, charge], key=attrgetter('id'))",
    "prints a traceback": "    import traceback\n    try:\n        1 / 0\n"
    "    except ZeroDivisionError:\n        traceback.format_exc()",
    "reads what RQ keeps": "    queue.connection.hget(charge.key, 'status')",
    "lets RQ write": "    with queue.connection.pipeline() as pipe:\n"
    "        charge.save(pipeline=pipe)\n        pipe.execute()",
    "writes keys of its own": "    queue.connection.set('note', queue.key)",
    "says an error as a traceback does": "    print('lesson_code.worlds.accidents.Refused: no')",
    "knows the errors": "    from lesson_code.worlds.accidents import Refused",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_is_refused_by_name(cheat):
    name, answer, sentence = CHEATS[cheat]
    [verdict] = examine(find(name), [answer])
    assert not verdict["solved"]
    assert sentence in " ".join(verdict["sentences"])


@pytest.mark.parametrize("way", COMPOSED)
def test_a_name_that_is_composed_is_refused_too(way):
    more, sentence = COMPOSED[way]
    [verdict] = examine(find("order_chain"), [CHAIN + more])
    assert not verdict["solved"]
    assert sentence in " ".join(verdict["sentences"])


def test_an_honest_answer_is_not_refused():
    for verdict in examine(find("order_chain"), [CHAIN + more for more in HONEST.values()]):
        assert verdict["solved"], verdict["sentences"]


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda one: one.id)
def test_no_text_of_ours_reaches_into_a_world(exercise):
    for source in (exercise.stub, *exercise.solutions, *(one.answer for one in exercise.wrong)):
        assert [*reaches(source, {})] == []
