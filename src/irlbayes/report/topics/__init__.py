"""What a statistician is told of one outcome: one file per topic, exporting ``PLACE`` and ``write(one)``.

``write`` returns a `Section`, or None where there is nothing to say.
"""
