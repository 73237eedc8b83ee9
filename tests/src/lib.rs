//! Tests of the services and of the whole system, in `tests/`, and the helpers that they share.

mod eventually;
pub mod faults;
pub mod load;
pub mod market;
pub mod network;
pub mod transport;

pub use eventually::eventually;
