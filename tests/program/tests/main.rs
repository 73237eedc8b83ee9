//! The compiled program in LiteSVM: one file per instruction, refusals first.

mod happy_path;
