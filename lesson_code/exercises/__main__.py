"""The exercises in a terminal: python -m lesson_code.exercises --help"""

import sys

LESSON = "use the lesson's: .venv/bin/python -m lesson_code.exercises (`make lab` makes it)"

if sys.version_info < (3, 11):  # noqa: UP036 (a caller outside of .venv)
    sys.exit(f"This Python is {sys.version.split()[0]}, which is too old; {LESSON}")

try:
    from lesson_code.exercises.cli import main

    main()
except ModuleNotFoundError as error:
    sys.exit(f"This Python ({sys.executable}) has no {error.name}; {LESSON}")
