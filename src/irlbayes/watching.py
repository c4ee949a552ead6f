"""A folder watched for rows: what is new or changed there is added to a ledger."""
