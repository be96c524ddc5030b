"""What Comity costs beside what else could do the same work, in one run on one machine.

Every bench first checks that both sides give the same answers, then times them alternately; `python -m bench` prints
the figures, and whether each bar of the project is met. How to read them: docs/explanation/benchmarks.md.
"""
