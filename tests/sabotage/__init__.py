"""The rules broken one by one, to see the tests notice: `python -m tests.sabotage [WORD]`."""
