"""Benchmarks: each module measures one promise, run by hand, and writes its figures to build/bench/."""
