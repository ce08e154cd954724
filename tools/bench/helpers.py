"""The costs of the helpers, on the embedded Redis or on the one at REDIS_URL."""

from collections.abc import Iterator

from tools import bench_chain, bench_fan_in, bench_pictures, bench_plan
from tools.bench.figures import Figure
from tools.bench.trees import Setting

FEW = (20, 40)  # jobs, in the short form


def figures(setting: Setting) -> Iterator[Figure]:
    """Run the four benchmarks, each of which prints its results; there are no old figures."""
    bench_chain.main(*(1,) if setting.short else ())
    bench_plan.main(*(1,) if setting.short else ())
    bench_fan_in.main(*(FEW, 1) if setting.short else ())
    bench_pictures.main()
    yield Figure("the helpers", "measured: see the lines above")
