"""The line from a partition to a decision: run, publish, explain, replay.

Each function here is short: it calls the layers below in order and decides nothing by itself.
"""
