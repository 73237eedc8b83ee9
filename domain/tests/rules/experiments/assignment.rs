//! Which arm visitors see: its laws, and what the SDKs of the format say.

mod laws;
mod payloads;
mod sdks;
mod visitors;
