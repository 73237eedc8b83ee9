//! The services against a real `PostgreSQL`.

mod api;
mod audit;
mod automation;
mod command_line;
mod engine;
mod experiments;
mod faults;
mod indexer;
mod keeper;
mod messages;
mod node_rpc;
mod store;
mod support;
mod work_on_leads;
mod yellowstone;
