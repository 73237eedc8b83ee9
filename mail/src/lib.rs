//! Mail: messages as they travel, the way to a server that takes them, and what comes back.
//!
//! Law: neither a database nor a rule of the product is known here, and no environment is read.

mod address;
mod check;
mod compose;
mod draft;
mod error;
mod field;
mod letter;
mod report;
mod server;
mod signer;
mod sink;

pub use check::{CheckRequest, Checked, Record, check};
pub use compose::compose;
pub use draft::{Draft, Mailbox, Unsubscribe};
pub use error::Error;
pub use letter::Letter;
pub use report::{Report, read_report};
pub use server::{Security, Sent, Server, ServerConfig};
pub use signer::Signer;
pub use sink::{Sink, SinkConfig};
