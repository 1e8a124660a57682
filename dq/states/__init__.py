"""States of metrics, kept per partition, so that a question about many partitions reads only what is new.

A state belongs to exact bytes and to an exact question. When either changes it is simply not found, so a
partition that was rolled back or written again leaves the sum by itself.
"""
