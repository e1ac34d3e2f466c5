"""The control interface: what a tester can read and change."""
