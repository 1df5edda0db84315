"""Starts the command ``radiogenomics`` and turns errors into one message.

Exit codes: 0 success, 1 failure (also: some of many inputs failed), 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import io
import signal
import sys

from radiogenomics.errors import InputError, RadiogenomicsError


def run() -> None:
    """Run the command line; the entry point of the installed command."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a letter of a name shows a question mark instead.
        sys.stdout.reconfigure(errors="replace")
    try:
        # Asked to end by another program, end in order, as after Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # Loading takes long enough for a Ctrl-C, so it happens in here.
        from radiogenomics.cli.stopping import heeding_lost_interrupts

        with heeding_lost_interrupts("Interrupted."):
            from radiogenomics.cli.app import app

            app()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
    except SystemExit as ended:
        # Typer ends without a word on a Ctrl-C that no command has seen to.
        if isinstance(getattr(ended.__context__, "__cause__", None), KeyboardInterrupt):
            print("Interrupted.", file=sys.stderr)
        raise
    except RadiogenomicsError as error:
        if debug:
            raise
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 1)
    except OSError as error:
        if debug:
            raise
        print(f"Error: {error}. Check that disk and folder are there.", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        print(
            f"Error: {type(error).__name__}: {error}\n"
            "This is a fault of radiogenomics. Run again with --debug and report what it prints.",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    run()
