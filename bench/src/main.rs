//! Benchmarks of the sales engine.

fn main() {}
