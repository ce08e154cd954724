"""An answer: the source of a cell, run again for each job, as in a worker process of its own."""

import ast
import builtins
import inspect
import io
import random
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext, redirect_stdout
from functools import wraps
from graphlib import CycleError
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from rq.exceptions import InvalidJobOperation
from rq.job import Job

from lesson_code import exercises
from lesson_code.exercises.check.closed import ACCIDENTS, CHECK, SETTING
from lesson_code.exercises.check.composed import BUILTINS as COMPOSED
from lesson_code.exercises.check.counted import FILE, TICK, compile_counted
from lesson_code.exercises.check.effort import effort
from lesson_code.exercises.check.reaching import reaches
from lesson_code.exercises.exercise import Exercise
from lesson_code.lab.states import kind
from lesson_code.patterns.workflow import WorkflowError, in_order
from lesson_code.worlds.accidents import ERRORS

PRELUDE = {
    "rq": """
from rq import Callback, Queue, Retry, get_current_job
from rq.job import Dependency, Job
from lesson_code.with_rq.chaining import pass_results
""",
    "arq": """
import asyncio
from arq import Retry
from arq.jobs import Job
from lesson_code.with_arq import parallel
""",
}
PUBLIC = {"*", *exercises.__all__}  # what a learner may import from there


class NotAnAnswer(Exception):
    """The error for a cell that cannot be checked; the message says why."""


class Setting(NamedTuple):
    """The functions that an exercise may define around its answer: see `trial`."""

    before: Callable | None
    start: Callable | None
    again: Callable | None
    cell_has_run: Callable | None  # in each process


class Answer:
    """The cell of a learner, checked as far as possible without running jobs.

    Raises NotAnAnswer when it cannot be run, or does not define the function of the exercise.
    """

    let_pass: Callable[[float], None] | None = None  # (hours): a setting can put the time forward

    def __init__(self, exercise: Exercise, source: str):
        self.exercise, self.source = exercise, source
        self.hashes = random.Random(0)
        self.setting_code = compile(PRELUDE[exercise.engine] + exercise.setting, SETTING, "exec")
        try:
            self.code: CodeType = compile_counted(source, FILE)
        except SyntaxError as error:
            raise NotAnAnswer(self.told(error)) from None
        self.new_process()
        for sentence in reaches(source, vars(self.module)):
            raise NotAnAnswer(sentence)
        self._check_head()

    def __reduce__(self) -> tuple:
        """Return no data for the search of tasks' memories, since each job has a new process."""
        return str, (self.exercise.id,)

    def new_process(self) -> ModuleType:
        """Run the cell as the module `answer`, as a worker process does when it imports it."""
        module = sys.modules["answer"] = ModuleType("answer")
        salt = self.hashes.getrandbits(60)  # each Python process has its own hash of a text
        module.__dict__["__builtins__"] = {
            **vars(builtins),
            "hash": lambda thing: hash((salt, thing)),
            **COMPOSED,
            TICK: effort.turn,
        }
        module.let_pass = self.let_pass
        exec(self.setting_code, vars(module))
        module.__dict__["__builtins__"]["__import__"] = _import_for_answers
        self.setting = Setting(*(vars(module).pop(name, None) for name in Setting._fields))
        again = redirect_stdout(io.StringIO()) if hasattr(self, "module") else nullcontext()
        try:
            with again:  # the cell's output is shown once
                exec(self.code, vars(module))
        except BaseException as error:
            raise NotAnAnswer(self.told(error)) from None
        if self.setting.cell_has_run:
            self.setting.cell_has_run()
        self.module = module
        return module

    @property
    def function(self) -> Callable:
        """Return the learner's function; each call runs in a process of its own."""
        name = self.exercise.id

        @wraps(getattr(self.module, name))
        def call(*args: Any, **kwargs: Any) -> Any:
            return getattr(self.new_process(), name)(*args, **kwargs)

        return call

    def enqueue(self, place: Any) -> Any:
        """Call the answer with a queue, or a pool (then await it). Return its result."""
        function = self.function
        return self.setting.start(place, function) if self.setting.start else function(place)

    def _check_head(self) -> None:
        name = self.exercise.id
        asked, given = heads(self.exercise.stub)[name], heads(self.source).get(name)
        function = getattr(self.module, name, None)
        if function is None:
            raise NotAnAnswer(f"there is no `{name}` in this cell; it should be `{asked}`")
        is_async, must_be = inspect.iscoroutinefunction(function), asked.startswith("async")
        parameters = [one.arg for one in ast.parse(f"{asked}: pass").body[0].args.args]
        is_task = parameters[:1] not in ([], ["queue"], ["pool"])
        fits = is_async == must_be or (is_async and is_task)  # RQ runs a coroutine function, too
        if not inspect.isfunction(function) or not fits:
            raise NotAnAnswer(f"it should be `{asked}`, and is `{given or name}`")
        count = len(parameters)
        try:
            inspect.signature(function).bind(*[None] * count)
        except TypeError:
            raise NotAnAnswer(f"it should be `{asked}`, and is `{given or name}`") from None

    def told(self, error: BaseException) -> str:
        """Return an error in one line, with the line of the answer that raised it."""
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if isinstance(error, SyntaxError) and error.filename == FILE:
            return f"line {error.lineno} is not Python: {error.msg}"
        if isinstance(error, InvalidJobOperation):
            what = _which_job(error) or what
        if _refuses_a_plan(error):
            what += (
                "; this error refuses a wrong plan: catch it, and do what the exercise asks for in"
                " that case"
            )
        if isinstance(error, NameError):
            what += "; the check runs this cell alone, so import or define it in the cell"
        if "lambda" in str(error) or "<locals>" in str(error):
            what += "; a worker imports a function by its name: define it with `def` in the cell"
        frames = traceback.extract_tb(error.__traceback__)
        numbers = [frame.lineno for frame in frames if frame.filename == FILE]
        if not numbers:
            return f"after your function had run, Redis could no longer be used ({what})"
        line = self.source.splitlines()[numbers[-1] - 1].strip()
        return f"line {numbers[-1]}, `{line}`: {what}"


def _refuses_a_plan(error: BaseException) -> bool:
    """Return whether the error is about the plan itself, not about its jobs in Redis."""
    raised_in = traceback.extract_tb(error.__traceback__)[-1].name
    refused = isinstance(error, WorkflowError) and raised_in == in_order.__name__
    return refused or isinstance(error, CycleError)


def _which_job(error: BaseException) -> str:
    """Return what RQ does not say: the id of the job, and its state; or that it is gone."""
    jobs = [
        thing
        for frame, _ in traceback.walk_tb(error.__traceback__)
        for thing in frame.f_locals.values()
        if isinstance(thing, Job)
    ]
    if jobs and not Job.exists(jobs[-1].id, jobs[-1].connection):
        return f"`{jobs[-1].id}` is no longer in Redis: it has been deleted before this line"
    if not jobs or str(error):
        return ""
    state = jobs[-1].get_status().value
    waits = "it waits" if kind(state) == "waits" else f"it is {state}"
    return f"`{jobs[-1].id}` has not failed, {waits} ({state}): only a failed job can be requeued"


def _import_for_answers(
    name: str, its=None, local=None, names: Sequence[str] | None = (), level: int = 0
) -> ModuleType:
    """Import as Python does, but no module of the check itself."""
    errors_only = name == ACCIDENTS and bool(names) and {*names} <= {*ERRORS}
    for one in (name, *(f"{name}.{one}" for one in names or () if one not in PUBLIC)):
        if one.startswith(CHECK) and not errors_only:
            raise ImportError(f"{one} belongs to the check: an answer must not import it")
    return builtins.__import__(name, its, local, names, level)


def heads(source: str) -> dict[str, str]:
    """Return the first line of each function and class: "def name(parameters)"."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            word = "def" if isinstance(node, ast.FunctionDef) else "async def"
            found[node.name] = f"{word} {node.name}({ast.unparse(node.args)})"
        elif isinstance(node, ast.ClassDef):
            found[node.name] = f"class {node.name}"
    return found
