"""The options of scripts/demo. Imports only the standard library, so that --help needs no environment."""

import argparse


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="Run Home Assistant with the simulator's cars in it."
    )
    parser.add_argument("--port", type=int, default=8123, help="Home Assistant's port (8123)")
    parser.add_argument("--simulator-port", type=int, default=8900, help="the simulator's port (8900)")
    parser.add_argument("--fleet", type=int, help="how many cars (one of each kind)")
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="how fast the simulated time runs (1); faster, the cars report from the future of Home Assistant",
    )
    parser.add_argument("--no-accounts", action="store_true", help="add no accounts, to try the setup by hand")
    parser.add_argument("--fresh", action="store_true", help="forget the last demo")
    return parser.parse_args()


if __name__ == "__main__":
    parse_arguments()
