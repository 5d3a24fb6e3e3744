"""What recording costs, measured beside other tools: ``python -m tests.benchmarks``; docs/performance.md explains it."""
