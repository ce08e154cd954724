"""One run again, step by step: what each worker does, and what Redis knows of the jobs."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from lesson_code.lab.pictures import Picture, job_graph, lanes
from lesson_code.lab.record import Fate, Run, Step
from lesson_code.lab.stage.deaths import fate_and_jobs
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.token import PLAIN

PACE = 600  # ms that a step stays when it plays
# The player. Where scripts do not run, only the frame that stands outside of the script is there.
PLAYER = """\
<div class="lesson-replay" role="group" aria-label="{name}" tabindex="0">
<div></div>
<div>
{still}
</div>
</div>
<script>
(() => {{
  const {{lines, frames}} = {data};
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
  let now = 0, playing = null;
  const show = wanted => {{
    now = Math.max(0, Math.min(last, wanted));
    slider.value = now;
    const [says, ...numbers] = frames[now];
    frame.innerHTML = numbers.map(n => lines[n]).join('\\n');
    words.textContent = says;
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
  const run = add('play', () => {{
    if (playing) return pause();
    run.textContent = 'pause';
    playing = setInterval(() => now < last ? show(now + 1) : pause(), {pace});
  }});
  keys.append(slider, words);
  player.onkeydown = event => {{
    if (!moves[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    show(moves[event.key][1](now));
  }};
  show(0);
}})()
</script>"""


@dataclass(frozen=True)
class Replay:
    """The run of `fate`; a frame is a step, and what Redis knows after it.

    A notebook shows a player with buttons; where it is tested or stored, the run as a whole.
    """

    fate: Fate
    frames: Sequence[tuple[Step, Run]]

    @property
    def run(self) -> Fate:
        """The fate, with the steps of the frames."""
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
        html = PLAYER.format(name=name, still=still, data=self._data(), pace=PACE)
        return {"text/html": html, "text/plain": str(self)}

    def _data(self) -> str:
        """Return all frames as JSON: a line that several of them have is there once."""
        run, lines, frames = self.run, {}, []
        for n, (step, jobs) in enumerate(self.frames):
            html = beside(job_graph(jobs)) + beside(lanes(run, n))
            says = f"Step {n + 1} of {len(self.frames)}: {step.worker} {_says(run, n)}"
            numbers = [lines.setdefault(line, len(lines)) for line in html.splitlines()]
            frames.append([says, *numbers])
        data = json.dumps({"lines": [*lines], "frames": frames}, ensure_ascii=False)
        return data.replace("<", "\\u003c")  # no tag ends the script, or opens a comment in it


def replay(story: Story | ArqStory, token: str = PLAIN) -> Replay:
    """Play the run that the token names once more, and keep what Redis knows after each step.

    Raises NoSuchRun, a ValueError, if the story has none such.
    """
    fate, jobs = fate_and_jobs(story, token)
    return Replay(fate, tuple(zip(fate.steps, jobs, strict=True)))


def _says(run: Fate, n: int) -> str:
    step = run.steps[n]
    words = f"{step.says or step.command}" + f" ({step.job})" * bool(step.job)
    return f"dies before: {words}" if n in run.deaths else words


def beside(picture: Picture) -> str:
    """Return the picture as HTML that lets the next one stand on its right."""
    style = "display:inline-block;vertical-align:top;margin-right:1.5em;max-width:100%"
    return f'<div style="{style}">\n{picture._repr_mimebundle_()["text/html"]}\n</div>\n'
