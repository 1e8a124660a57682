"""The verbs below `dq rollback`: one module each, with its click command under the name `command`."""
