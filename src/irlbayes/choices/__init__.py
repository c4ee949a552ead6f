"""The choices of a multiverse: one file per axis, found by folder.

Each exports ``PLACE`` (its place among the axes), ``WORDS`` (what is chosen) and ``options(plan)``: the ways to choose,
the primary one first, each a function from plan to plan. An axis with one option has no line anywhere.
"""
