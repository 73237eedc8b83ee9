//! Tessera for hosts and integrators: addresses, instructions, decoding, receipts, the audit.
//!
//! Pure: nothing here talks to a network. Bring an RPC client of your choice; `examples/` shows
//! how little is then left to write.

pub mod address;
pub mod audit;
pub mod carried;
pub mod decode;
pub mod instructions;
pub mod keeper;
pub mod message;
pub mod model;
pub mod quote;
pub mod receipts;
#[cfg(feature = "rpc")]
pub mod rpc;
pub mod voucher;

pub use decode::{Account, DecodeError, EVENT_HEAD_LEN, Event};
pub use tessera_types as types;
