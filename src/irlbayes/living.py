"""The living record and the pipeline together: add a study, and say what changed."""
