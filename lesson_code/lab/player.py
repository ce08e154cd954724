"""A player that repeats a run step by step: buttons, a slider and keys; a click opens a job."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from lesson_code.lab.frame import beside, graph
from lesson_code.lab.moments import moments
from lesson_code.lab.pictures import Picture, job_graph, lanes
from lesson_code.lab.pictures.sheet import sheet
from lesson_code.lab.record import Fate, Run, Step
from lesson_code.lab.stage.crashes import fate_and_jobs
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.token import PLAIN

MOST_JOBS = 300  # in one graph
PACES = {"slow": 1500, "normal": 600, "fast": 200}  # ms for which a step stays in automatic play
# The player. Without scripts, only the frame outside of the script is shown.
# A reader who asked the system for less motion steps by hand: the player does not run by itself.
PLAYER = """\
<div class="lesson-replay" role="group" aria-label="{name}" tabindex="0">
<div></div>
<div>
{still}
</div>
</div>
<script>
(() => {{
  const {{lines, frames, first}} = {data};
  const player = document.currentScript.previousElementSibling;
  const [keys, frame] = player.children, last = frames.length - 1;
  const moves = {{
    Home: ['|◀ first', () => 0],
    ArrowLeft: ['◀ back', n => n - 1],
    ArrowRight: ['next ▶', n => n + 1],
    End: ['last ▶|', () => last],
  }};
  const words = document.createElement('span');
  words.setAttribute('aria-live', 'polite');
  const slider = document.createElement('input');
  Object.assign(slider, {{type: 'range', min: 0, max: last, ariaLabel: 'step'}});
  slider.style.marginRight = '0.4em';
  slider.oninput = () => show(Number(slider.value));
  let now = 0, playing = null, opened = null;
  const show = wanted => {{
    now = Math.max(0, Math.min(last, wanted));
    slider.value = now;
    const [says, ...numbers] = frames[now];
    frame.innerHTML = numbers.map(n => lines[n]).join('\\n');
    words.textContent = says;
    const job = [...frame.querySelectorAll('details')].find(one => one.dataset.job === opened);
    if (job) job.open = true;
  }};
  frame.addEventListener('toggle', event => {{
    const {{open, dataset}} = event.target;
    if (open) opened = dataset.job;
    else if (opened === dataset.job && event.target.isConnected) opened = null;
  }}, true);
  frame.onclick = event => {{
    const jobs = [...frame.querySelectorAll('details')];
    const job = jobs.find(one => one.dataset.job === event.target.dataset.box);
    if (job) job.open = !job.open;
  }};
  const add = (says, act) => {{
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = says;
    button.style.marginRight = '0.4em';
    button.onclick = act;
    keys.append(button);
    return button;
  }};
  for (const [key, [says, to]] of Object.entries(moves)) {{
    add(says, () => show(to(now))).title = key;
  }}
  const pause = () => {{
    clearInterval(playing);
    playing = null;
    run.textContent = 'play';
  }};
  const play = () => {{
    run.textContent = 'pause';
    playing = setInterval(() => now < last ? show(now + 1) : pause(), pace.value);
  }};
  const run = add('play', () => {{
    if (playing) return pause();
    if (now === last) show(0);
    play();
  }});
  const pace = document.createElement('select');
  pace.ariaLabel = 'pace';
  for (const [says, ms] of {paces}) pace.add(new Option(says, ms, says === 'normal'));
  pace.value = {normal};
  pace.onchange = () => playing && (pause(), play());
  run.style.minWidth = '4em'; // "pause" is wider than "play"
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (still) run.remove();
  keys.append(...(still ? [] : [pace]), slider, words);
  player.onkeydown = event => {{
    if (!moves[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    show(moves[event.key][1](now));
  }};
  show(first);
}})()
</script>"""


@dataclass(frozen=True)
class Replay:
    """The run of `fate`; a frame is a step, with the data in Redis after it.

    A notebook shows a player with buttons; tests and stored notebooks have one picture of the run.
    """

    fate: Fate
    frames: Sequence[tuple[Step, Run]]

    @property
    def run(self) -> Fate:
        """Return the fate, with the steps of the frames."""
        return replace(self.fate, steps=tuple(step for step, _ in self.frames))

    def __str__(self) -> str:
        return "\n\n".join(picture.text for picture in self._still())

    def _still(self) -> list[Picture]:
        return [*(job_graph(run) for _, run in self.frames[-1:]), lanes(self.run)]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        still = "".join(map(beside, self._still()))
        if os.environ.get("LESSON_FRAMES") == "last":
            return {"text/html": still, "text/plain": str(self)}
        name = escape(f"Replay of {self.fate.token}" if self.fate.token else "Replay")
        says = [f"{step.worker} {_says(self.run, n)}" for n, (step, _) in enumerate(self.frames)]
        frames = [
            f"Step {n + 1} of {len(says)}: {says[n]}\n" + graph(jobs) + beside(lanes(self.run, n))
            for n, (_, jobs) in enumerate(self.frames)
        ]
        return {"text/html": player(name, still, frames), "text/plain": str(self)}


def run_again(run: Run, printed: Sequence[str] = ()) -> dict[str, str]:
    """Return how a notebook shows a Run: its graph, and a player that goes from event to event.

    `printed` is what had been printed at the beginning, and then after each event. In tests, in
    stored notebooks, and for a run without events, return the graph. A run with more than MOST_JOBS
    jobs has a sheet of graphs instead.
    """
    still = (sheet(run) if len(run.jobs) > MOST_JOBS else job_graph(run))._repr_mimebundle_()
    known = moments(run)
    if not known or os.environ.get("LESSON_FRAMES") == "last":
        return still
    graphs = [*(graph(jobs) for _, jobs in known[:-1]), graph(run)]
    texts = map(output, printed or [""] * len(known))
    frames = [
        f"{n} of {len(known) - 1}: {says}\n{shown}{text}"
        for n, ((says, _), shown, text) in enumerate(zip(known, graphs, texts, strict=True))
    ]
    return still | {"text/html": player("Run", still["text/html"], frames, len(frames) - 1)}


def output(printed: str) -> str:
    """Return a printed text as HTML; "" for none."""
    return f"<pre>{escape(printed)}</pre>\n" if printed else ""


def player(name: str, still: str, frames: Sequence[str], first: int = 0) -> str:
    """Return the player of these frames, each a line of words and HTML; it begins with `first`.

    A line that several frames share is stored once. Without scripts only `still` is shown.
    """
    lines: dict[str, int] = {}
    numbered = []
    for frame in frames:
        says, *html = frame.splitlines()
        numbered.append([says, *(lines.setdefault(line, len(lines)) for line in html)])
    data = {"lines": [*lines], "frames": numbered, "first": first}
    return PLAYER.format(
        name=name,
        still=still,
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),  # no tag ends the script
        paces=json.dumps([*PACES.items()]),
        normal=PACES["normal"],
    )


def replay(story: Story | ArqStory, token: str = PLAIN) -> Replay:
    """Play the run that the token names again, and keep the data in Redis after each step.

    Raises NoSuchRun, a ValueError, if the story has no such run.
    """
    fate, jobs = fate_and_jobs(story, token)
    return Replay(fate, tuple(zip(fate.steps, jobs, strict=True)))


def _says(run: Fate, n: int) -> str:
    step = run.steps[n]
    words = f"{step.says or step.command}" + f" ({step.job})" * bool(step.job)
    if n in run.stops:
        return f"is told to stop (SIGTERM) before: {words}"
    return f"crashes before: {words}" if n in run.crashes else words
