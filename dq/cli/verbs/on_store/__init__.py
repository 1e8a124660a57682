"""The verbs below `dq store`."""
