"""What dq asks of Amazon Web Services, and of servers that speak the same protocols.

The modules here know requests, replies and errors, and nothing of partitions. boto3 is imported with the
first client, so that whoever works on local files never loads it.
"""
