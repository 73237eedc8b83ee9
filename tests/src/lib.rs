//! Tests of the services and of the whole, in `tests/`, and what several of them play with.

mod eventually;
pub mod faults;
pub mod load;
pub mod market;
pub mod network;
pub mod transport;
pub mod wallet;

pub use eventually::eventually;
