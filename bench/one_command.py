"""The smallest program that `comity --help` can be compared with: cyclopts, one command, one option."""

from cyclopts import App

app = App(name="one", help="One command.")


@app.command
def greet(name: str, *, loudly: bool = False) -> None:
    """Greet somebody.

    Parameters
    ----------
    name
        Whom to greet.
    loudly
        In capitals.
    """
    greeting = f"hello, {name}"
    print(greeting.upper() if loudly else greeting)


if __name__ == "__main__":
    app()
