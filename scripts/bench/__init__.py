"""What the benchmark scripts beside this folder share; no part of the library."""
