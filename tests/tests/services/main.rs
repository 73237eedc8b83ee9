//! The services against a real `PostgreSQL`.

mod api_client;
mod api_event_kinds;
mod api_events;
mod api_history;
mod api_lists;
mod api_openapi;
mod api_parameters;
mod api_referrals;
mod api_rows;
mod api_service;
mod api_singles;
mod api_stats;
mod api_wallets;
mod database;
mod engine;
mod indexer;
mod indexer_chain;
mod indexer_kinds;
mod indexer_network;
mod indexer_rpc;
mod standing;
mod store;
