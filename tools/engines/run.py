"""Run studies one after another, keep what they find, and say what is new."""

import sys
import time

from tools.engines import compare, kept, page, versions
from tools.engines.crew import Crew
from tools.engines.study import Study


def play(todo: list[tuple[str, str, str]], with_: tuple[str, ...], lanes: int) -> int:
    """Run the studies, keep what they find, and print what is new; return 1 if anything is."""
    changed = 0
    number = 0
    for name in dict.fromkeys(one for one, _, _ in todo):
        with Crew(name, with_, lanes) as crew:
            signed = {
                "versions": versions.packages(crew.engine, with_),
                "python": versions.language(crew.engine),
                "server": versions.server(crew.engine),
            }
            for _, variant, mode in [one for one in todo if one[0] == name]:
                number += 1
                where = f"[{number}/{len(todo)}] {name}, {variant}, {mode}"
                before = {one.key: one for one in kept.read(name)}
                result, troubles = study(crew, variant, mode, where, before, signed)
                last = before.get(result.key)
                fresh = list(compare.news(last, result)) if last else []
                for line in (*fresh, *troubles):
                    print(line, flush=True)
                changed += len(fresh) + len(troubles)
                if not with_:
                    kept.keep(name, [result])
    if not with_:
        page.write()
    print(f"{changed} changes" if changed else "nothing has changed")
    return int(bool(changed))


def study(
    crew: Crew, variant: str, mode: str, where: str, before: dict, signed: dict[str, str]
) -> tuple[kept.Result, list[str]]:
    """Run a study; return its result, and why some of its trials could not be carried out."""

    def say(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{where}: {done} of {total} trials\033[K", end="", file=sys.stderr, flush=True)

    begun = time.monotonic()
    run = Study(crew, variant, mode, say)
    last, kills = before.get((variant, mode)), before.get((variant, "kill"))
    harmless = [n for n, ends in kills.ends().items() if set(ends) == {"unharmed"}] if kills else []
    found = run.run(harmless, last.ends() if last else None)
    races = crew.engine.races(variant)
    result = kept.Result(
        crew.engine.name, variant, mode, versions.today(), **signed, file=crew.engine.file,
        passes=run.passes, races=races, missed=run.missed,
        seconds=round(time.monotonic() - begun), places=found,
    )  # fmt: skip
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(f"{where}: {page.counted(result)}; {result.seconds} s", flush=True)
    return result, run.troubles
