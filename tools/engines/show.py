"""One trial by hand: every send, what the store holds at the death and at the end, each round."""

from collections.abc import Iterator

from redis import Redis

from tools.engines.engine import NoSuchChoice, engine
from tools.engines.lane_postgresql import lane_of
from tools.engines.order import Order
from tools.engines.psql import Psql
from tools.engines.trial import Trial

READ = {
    "string": lambda redis, key: redis.get(key)[:90],
    "list": lambda redis, key: [one[:90] for one in redis.lrange(key, 0, -1)],
    "hash": lambda redis, key: {k: v[:50] for k, v in redis.hgetall(key).items()},
    "set": lambda redis, key: redis.smembers(key),
    "zset": lambda redis, key: redis.zrange(key, 0, -1, withscores=True),
    "stream": lambda redis, key: (redis.xinfo_groups(key), redis.xrange(key)),
}


def content(store: Redis | Psql) -> list[str]:
    """Return a line for each key: its type, name, time to live and value; or for each row."""
    return rows(store) if isinstance(store, Psql) else list(keys(store))


def rows(psql: Psql) -> list[str]:
    """Return a line for each row of the tables that are not empty."""
    tables = psql.ask(
        "SELECT schemaname, relname FROM pg_stat_user_tables WHERE n_tup_ins > n_tup_del"
    )
    return [
        f"{table}: {' '.join(filter(None, row))[:400]}"
        for schema, table in tables
        for row in psql.ask(f'SELECT * FROM "{schema}"."{table}"')
    ]


def keys(redis: Redis) -> Iterator[str]:
    for key in sorted(redis.scan_iter("*")):
        kind = redis.type(key).decode()
        value = str(READ[kind](redis, key))[:400] if kind in READ else "?"
        yield f"{kind} {key.decode()} (ttl {redis.ttl(key)}) {value}"


def show(name: str, variant: str, mode: str, place: str, with_: tuple[str, ...]) -> int:
    """Play one place, "37" or "37 after", and print all that happens. Return 0.

    Raises NoSuchChoice if `place` is no such number.
    """
    number, _, after = place.partition(" ")
    if not number.isdigit() or after not in ("", "after"):
        raise NoSuchChoice(f'SHOW is a number of a send, "37" or "37 after", and not {place!r}')
    with lane_of(engine(name, with_)) as lane:

        def tell(title: str, *lines: object) -> None:
            print(f"--- {title}", *lines, sep="\n    ")
            if title.startswith(("effects", "round", "end")):
                print("    the store:", *content(lane.store), sep="\n      ")

        print(f"{name}, {variant}, {mode}, send {place}")
        for _ in range(2):  # the first one makes the server know the engine's scripts
            plain = Trial(lane, Order(variant)).play()
        sends = (f"{k:3} {size:3} {send}" for k, (send, size) in enumerate(plain.sends, start=1))
        tell("sends without a strike, with the size of the file of effects", *sends)
        trial = Trial(lane, Order(variant, mode, int(number), bool(after)), tell)
        outcome = trial.play()
        told = [
            "struck" if outcome.struck else "never came to the place",
            outcome.end,
            outcome.seen,
        ]
        tell("end", *told)
        tell("its log", lane.log.read_text()[-3000:] if lane.log.exists() else "")
    return 0
