"""Pure nouns and stages: no network, file, process, clock, environment or unseeded randomness in this room."""
