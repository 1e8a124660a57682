"""Why a partition failed: segments, files, what changed, and the note that says so.

The line through this package:

```
SearchTarget -> sample -> coded dimensions -> candidates -> greedy cover -> exact counts   (segments)
manifests, schemas, profiles -> Comparison                                                 (compare)
input suite's run -> StageFinding                                                          (stage)
all of them -> Cause, ranked                                                               (causes)
all of them -> Note -> Markdown, JSON                                                      (note)
```

`model`, `stage` and `note` hold plain values and load no engine. `segments`, `compare` and `causes` load
numpy, pyarrow and sqlglot, and are imported where they are used.
"""
