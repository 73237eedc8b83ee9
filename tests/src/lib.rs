//! Tests of the services and of the whole; see `tests/`.
