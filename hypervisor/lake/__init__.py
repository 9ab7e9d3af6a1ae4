"""The cold side of history: closed days as Parquet files, read by DuckDB. Read it in this order.

`places.py` is where the files are. `closing.py` turns a day that is over into two of them. `questions.py` is the one door that adds tenant and perimeter to every
question; `server.py` is the bounded process that answers them, `client.py` starts and ends it. `history.py` answers over PostgreSQL and lake together, so that
nobody else knows where a day is. `frames.py` gives the same to a notebook:

    from hypervisor import bootstrap, settings
    from hypervisor.lake import frames
    h = bootstrap.build(settings.load())
    frames.means(h, tenant=1, layer="water", key="flow", since=..., until=..., bucket="hour")
"""
