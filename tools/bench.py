"""Measure: python -m tools.bench, on the embedded Redis or on the one at REDIS_URL."""

from tools import bench_chain, bench_fan_in, bench_pictures, bench_plan

if __name__ == "__main__":
    bench_chain.main()
    print()
    bench_plan.main()
    print()
    bench_fan_in.main()
    print()
    bench_pictures.main()
