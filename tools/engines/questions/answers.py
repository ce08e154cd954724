"""The text of a cell of the table: what was seen of one question, in words."""

import re

from tools.engines.questions.deaths import ENDED

ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
NONE = "–"
MOST = 72  # letters of a state or an error


def failed(seen: dict) -> str:
    """B fails: what becomes of C, and can it be seen from outside?"""
    state, how = seen["seen"]["c"], code(seen["seen"]["how"])
    ran = "C runs" if seen["c"] else "C does not run"
    return (
        f"{ran}; {how} finds no record of it" if state is None else f"{ran}; {how}: {code(state)}"
    )


def again(seen: dict) -> str:
    """One call that runs B again, once its task is mended, and then C?"""
    call = code(seen["call"]) if seen["call"] else None
    then = (
        "B, then C" if seen["c"] else ("B, and not C" if seen["after"] is not None else "nothing")
    )
    first, last = seen["calls"][0], seen["calls"][-1]
    if then != "nothing" and first != last:
        then += f" (B as {code(last)}, where it was {code(first)})"
    if call and seen.get("anew"):
        return f"no such call; a new {call} runs {then}"
    if call:
        return f"{call} runs {then}"
    if seen["after"] is None:
        return "no such call"
    return f"not needed: after {seen['after']} s the engine runs {then}"


def join(seen: dict | None) -> str:
    """Does a join run when one of its parts has failed?"""
    if seen is None:
        return "no join"
    if seen["c"]:
        return f"runs as {code(seen['c_calls'][0])}"
    state = seen["seen"].get("workflow") or seen["seen"]["c"]
    how = code(seen["seen"]["how"])
    said = f"{how} finds no record of it" if state is None else f"{how}: {code(state)}"
    return f"does not run; {said}"


def late_join(seen: dict | None) -> str:
    """Does a join run that is enqueued when one of its parts has failed already?"""
    return NONE if seen is None else join(seen)


def handed(seen: dict) -> str:
    """What reaches the next job when a job returns None, a tuple, a dict?"""
    calls = " · ".join(map(code, seen["calls"]))
    asks = seen.get("asks")
    return f"nothing by itself; the job asks, {code(asks)}: {calls}" if asks else calls


def empty(seen: dict | None) -> str:
    """What does a join of no parts do?"""
    if seen is None:
        return "no join"
    if seen["c"]:
        return f"runs as {code(seen['c_calls'][0])}"
    return f"is refused: {code(_class(seen['error']))}" if seen["error"] else "does not run"


def killed(seen: dict) -> str:
    """When does B run again after `kill -9` of its worker and of all that this has started?"""
    if seen["after"] is not None:
        chance = " (it depends on chance)" if seen.get("chance") else ""
        return f"{seen['after']} s" + chance + ("" if seen["c"] else ", but C does not run")
    if seen["state"] is None:
        return f"not within {seen['watched']} s"
    ended = seen["state"].split(",")[0] in ENDED
    if ended:
        low, high = seen["since"]
        if low:
            return f"not; {code(seen['state'])} after {low}–{high} s"
        return f"not; {code(seen['state'])} within {high} s"
    return f"not within {seen['watched']} s; still {code(seen['state'])}"


def child_killed(seen: dict | None) -> str:
    """When does B run again after `kill -9` of the process that runs it, and of no other?"""
    if seen is None:
        return NONE
    return killed(seen) + (" (the worker ended, and we started it again)" if seen["starts"] else "")


def terminated(seen: dict) -> str:
    """What becomes of B and C when the worker's main process gets SIGTERM in B?"""
    b = "B ends" if seen["ended"] else "B is cut off"
    if seen["again"] is not None:
        b += f" and runs again {seen['again']} s after the next start"
    elif not seen["ended"]:
        b += " and does not run again"
    c = "then C" if seen["c"] else "C does not run"
    stays = f"; the worker stayed longer than {seen['waited']} s" if seen["leaves"] is None else ""
    return f"{b}, {c}{stays}"


def same(seen: dict) -> str:
    """What runs when two jobs have one id, and a third has it after they have ended?"""
    ran = [next(w for w in ("first", "second", "third") if w in call) for call in seen["early"]]
    early = {
        ("first", "second"): "both run",
        ("first",): "the first runs",
        ("second",): "the second runs",
        ("second", "second"): "the second runs twice",
    }.get(tuple(ran), f"ran: {', '.join(ran) or 'nothing'}")
    error = seen["answers"][1]
    early += f" ({code(_class(error))} for the second)" if error else ""
    return f"{early}; later, a third " + ("runs" if seen["late"] else "does not run")


def trips(seen: dict | None) -> str:
    """How many round trips does a chain of 100 cost the client, and one step the worker?"""
    if seen is None:
        return "no server"
    return f"{seen['client']} to enqueue, {seen['step']:g} a step"


def code(words: str) -> str:
    """Show words as code, without ids, in one line of a table; cut them if they are very long."""
    words = ID.sub("…", words).replace("|", "¦").replace("`", "’")
    return f"`{words if len(words) <= MOST else words[: MOST - 1] + '…'}`"


def _class(error: str) -> str:
    return error.partition(":")[0].rpartition(".")[2]
