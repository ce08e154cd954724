"""Stories for the exercises of notebook 09: where, and in which order, do they break?"""

from collections import Counter
from collections.abc import Callable

from redis import Redis
from rq import Queue, Retry, get_current_job

from lesson_code.lab.stage.crashes import play
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.worlds import shop


def charge_then_ship(high: Queue, low: Queue) -> None:
    again = Retry(max=1)
    paid = high.enqueue(shop.charge, "A7", job_id="charge", retry=again)
    high.enqueue(shop.ship, "A7", depends_on=paid, job_id="ship", retry=again)


def sell() -> None:
    """Take one off the stock."""
    redis = get_current_job().connection
    redis.set("stock", int(redis.get("stock")) - 1)


def open_the_shop(queue: Queue) -> None:
    queue.connection.set("stock", 10)
    for seller in ("ann", "bob"):
        queue.enqueue(sell, job_id=seller, retry=Retry(max=2))


def sold(redis: Redis) -> Counter:
    return Counter(sold=10 - int(redis.get("stock")))


HIGH_LOW = Story(charge_then_ship, queues=("high", "low"))  # rq worker high low
SHOP = Story(open_the_shop, workers=2, effects=sold)


# Six promises, and a story for each that shows whether it can be kept.


def send_mail() -> None:
    get_current_job().connection.incr("mails")


def add_votes() -> None:
    get_current_job().connection.incrby("votes", 10)


def add_name() -> None:
    get_current_job().connection.sadd("names", get_current_job().id)


def twice(task: Callable) -> Callable[[Queue], None]:
    """Return what enqueues the task as `ann` and as `bob`, with two retries each."""

    def enqueue(queue: Queue, *others: Queue) -> None:
        for name in ("ann", "bob"):
            queue.enqueue(task, job_id=name, retry=Retry(max=2))

    return enqueue


def mails(redis: Redis) -> int:
    return int(redis.get("mails") or 0)


def enough(redis: Redis) -> Counter:
    return Counter(mails=min(2, mails(redis)))


def too_many(redis: Redis) -> Counter:
    return Counter({"mails too many": max(0, mails(redis) - 2)})


def votes(redis: Redis) -> Counter:
    return Counter(votes=int(redis.get("votes") or 0))


def names(redis: Redis) -> Counter:
    return Counter(names=redis.scard("names"))


PROMISES = {
    "A": Story(twice(send_mail), effects=enough),
    "B": Story(twice(send_mail), effects=too_many),
    "C": Story(twice(send_mail), queues=("high", "low"), effects=enough),
    "D": Story(twice(add_votes), effects=votes),
    "E": Story(twice(add_name), effects=names),
    "F": Story(open_the_shop, effects=sold),
}


def told(story: Story | ArqStory, token: object) -> str:
    """Return in words what becomes of the run that the token names, or what is wrong with it."""
    try:
        fate = play(story, str(token))
    except ValueError as error:
        return str(error)
    return f"{fate.token}: {'nothing is wrong' if fate.kind == 'unharmed' else fate.says}"
