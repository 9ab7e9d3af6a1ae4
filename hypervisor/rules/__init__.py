"""What machines decide: which conditions hold, since when, and what that raises. Pure: values and times in, verdicts out.

`compile.py` numbers the rules that layers declare, `crossing.py` finds those that a value may change, `conditions.py` holds what is met
and what waits for its duration, `silence.py` judges what has not been heard.
"""
