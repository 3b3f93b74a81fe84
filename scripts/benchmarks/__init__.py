"""The benchmarks of `make bench`, one module for each thing that is measured."""
