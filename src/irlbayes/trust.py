"""How far an answer may be trusted: every check of `checks/`, on every outcome of an evidence base."""
