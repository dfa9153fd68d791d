"""Triptych weaves one text source per concept into three notebooks, runs, compares and shows them.

A chapter passes through the modules in this order: `course` (where things lie), `chapter` (read),
`check` (complain), `weave` (notebooks), `run` (execute), `agree` (compare), `page` (Sphinx).
"""
