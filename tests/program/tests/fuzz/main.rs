//! Random sequences of everything that anybody can do, on the compiled program.
//!
//! Law: after every step the laws hold that need no model, and what became of it is what the model
//! decides. Every sequence follows from a seed; one that fails is made short and printed as a test.
//! `make fuzz` goes on with further seeds until it is stopped.

mod acts;
mod attack;
mod books;
mod chain;
mod dice;
mod failure;
mod found;
mod genesis;
mod laws;
mod model;
mod people;
mod run;
mod seeded;
mod shrink;
mod stage;
mod step;
mod tally;
