//! The rules against other people's implementations and against laws that must hold for any input.

mod pricing;
