"""One run again, step by step: what each worker does, and what Redis knows of the jobs."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from lesson_code.lab.pictures import Picture, job_graph, lanes
from lesson_code.lab.record import Fate, Run, Step

# The player. Its frames stand in the script: where scripts do not run, the last one is there alone.
PLAYER = """\
<div class="lesson-replay" role="group" aria-label="{name}" tabindex="0"
data-lm-suppress-shortcuts="true">
<div class="lesson-replay-keys" hidden>
<button type="button" data-move="first" title="Home">|◀ first</button>
<button type="button" data-move="back" title="left arrow">◀ back</button>
<button type="button" data-move="next" title="right arrow">next ▶</button>
<button type="button" data-move="last" title="End">last ▶|</button>
<span aria-live="polite"></span>
</div>
<div class="lesson-replay-frame">
{still}
</div>
</div>
<script>
(() => {{
  const {{parts, frames}} = {data};
  const player = document.currentScript?.previousElementSibling
    ?? [...document.querySelectorAll('.lesson-replay:not([data-on])')].pop();
  const [keys, frame] = player.children, last = frames.length - 1;
  const moves = {{first: () => 0, back: n => n - 1, next: n => n + 1, last: () => last}};
  const names = {{Home: 'first', ArrowLeft: 'back', ArrowRight: 'next', End: 'last'}};
  let now = 0;
  const show = wanted => {{
    now = Math.max(0, Math.min(last, wanted));
    const [says, ...pictures] = frames[now];
    frame.innerHTML = pictures.map(n => parts[n]).join('');
    keys.lastElementChild.textContent = says;
  }};
  player.dataset.on = '';
  keys.hidden = false;
  keys.onclick = event => {{
    const move = moves[event.target.dataset.move];
    if (move) show(move(now));
  }};
  player.onkeydown = event => {{
    const move = moves[names[event.key]];
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    show(move(now));
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
        still = "".join(map(_beside, self._still()))
        if os.environ.get("LESSON_FRAMES") == "last":
            return {"text/html": still, "text/plain": str(self)}
        name = escape(f"Replay of {self.fate.token}" if self.fate.token else "Replay")
        html = PLAYER.format(name=name, still=still, data=self._data())
        return {"text/html": html, "text/plain": str(self)}

    def _data(self) -> str:
        """Return all frames as JSON; a picture that several of them show is there once."""
        run, parts, frames = self.run, {}, []
        for n, (step, jobs) in enumerate(self.frames):
            pictures = [_beside(job_graph(jobs)), _beside(lanes(run, n))]
            says = f"Step {n + 1} of {len(self.frames)}: {step.worker} {_says(run, n)}"
            frames.append([says, *(parts.setdefault(one, len(parts)) for one in pictures)])
        data = json.dumps({"parts": [*parts], "frames": frames}, ensure_ascii=False)
        return data.replace("</", "<\\/").replace("<!--", "<\\!--")


def _says(run: Fate, n: int) -> str:
    step = run.steps[n]
    words = f"{step.says or step.command}" + f" ({step.job})" * bool(step.job)
    return f"dies before: {words}" if n in run.deaths else words


def _beside(picture: Picture) -> str:
    style = "display:inline-block;vertical-align:top;margin-right:1.5em;max-width:100%"
    return f'<div style="{style}">\n{picture._repr_mimebundle_()["text/html"]}\n</div>\n'
