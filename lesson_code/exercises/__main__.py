"""The exercises in a terminal: python -m lesson_code.exercises --help"""

from lesson_code.exercises.cli import main

main()
