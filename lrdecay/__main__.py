"""`python -m lrdecay` is `lrdecay`."""

from .cli import main

if __name__ == "__main__":
    main()
