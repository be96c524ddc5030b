"""The benches: they agree with what they compare with, and print what they found."""
