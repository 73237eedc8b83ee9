//! The rules against other people's implementations, and their laws for any input.

mod attribution;
mod paths;
