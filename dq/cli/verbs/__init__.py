"""The verbs: one module each, with its click command under the name `command`."""
