"""The living record of an evidence base: entries chained by hash, appended whole, never edited."""
