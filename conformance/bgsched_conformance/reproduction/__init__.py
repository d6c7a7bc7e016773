"""
Stand-alone scripts: one failed test and what it needs of the kit, in one file of plain Python.

A script is written as a small module that imports from the kit (`program`); then, as bundlers of
other languages do, all that it reaches is put into one file (`bundle`, `reach`) and cut down
(`editing`), with the part that runs it (`stage`).
"""
