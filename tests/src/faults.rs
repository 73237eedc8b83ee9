//! A proxy in front of a node that injects the faults of networks and nodes into its HTTP and
//! WebSocket traffic.
//!
//! Law: traffic that no rule and no lie concerns passes byte for byte, and injected faults are
//! counted. Chance comes from a seed. Two proxies in front of one node act as two nodes that may
//! disagree.
//!
//! Faults of a call, by rule ([`Proxy::on`], [`Proxy::on_every_call`]; each is a [`Fault`]):
//! - `Drop`: the connection ends before the node is asked.
//! - `LoseAnswer`: the node is asked, and its answer is lost.
//! - `HalfOpen`: no answer ever comes.
//! - `Delay`: the answer comes late.
//! - `Status`: 500, 502, 503 or another status with a page of HTML.
//! - `TooManyRequests`: 429, with `Retry-After` or without.
//! - `Truncate`: half of the JSON, in a whole HTTP answer.
//! - `CutOff`: half of the HTTP answer, then the end of the connection.
//! - `Stall`: half of the HTTP answer, then nothing.
//! - `Pad`: an answer as long as wanted.
//! - `Garbage`: HTML with status 200.
//! - `Code`: a JSON-RPC error, among them a refused method.
//! - `Null`: a missing result, for some calls or for ever.
//! - `WithholdInner`: missing inner instructions.
//! - `Twice`: a list with each entry twice.
//! - `Edit`: any other change of a result.
//!
//! Faults of a WebSocket, by rule ([`Proxy::on_subscription`], [`Proxy::on_notification`]; each is a
//! [`SocketFault`]): `Drop`, `HalfOpen` (silence), `Delay`, `Lose`, `Twice`, `Swap`, `Garbage`, `Refuse`.
//!
//! Lies about the chain, which are consistent from call to call:
//! - [`Proxy::list_late`]: transactions are left out of the first lists that they belong to.
//! - [`Proxy::reorder_slots`]: another order within each slot.
//! - [`Proxy::forge`]: a listed transaction that does not exist.
//! - [`Proxy::freeze`]: the node stands still at an earlier slot.
//! - [`Proxy::vanish`]: a confirmed transaction and its effects never were.
//! - [`Proxy::land_again`]: it comes back in another slot.
//! - [`Proxy::finalize_up_to`]: nothing later is final.

mod accounts;
mod calls;
mod http;
mod listing;
mod node;
mod rule;
mod socket;
#[cfg(test)]
mod tests;
mod view;

pub use node::Memory;
pub use rule::{Applied, Fault, SocketFault, When};

use anyhow::{Context, Result};
use node::Upstream;
use rule::{Counts, Rules};
use solana_address::Address;
use solana_rpc_client_api::request::RpcRequest;
use solana_signature::Signature;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tessera_localnet::Network;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use view::View;

/// What all connections share.
struct Shared {
    upstream: Upstream,
    calls: Rules<Fault>,
    messages: Rules<SocketFault>,
    view: Mutex<View>,
    counts: Counts,
    asked: Counts,
    /// Ends the present connections, and is then replaced.
    cut: Mutex<CancellationToken>,
    end: CancellationToken,
}

impl Shared {
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self) -> MutexGuard<'_, CancellationToken> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running proxy on 127.0.0.1. It ends when this value is dropped.
pub struct Proxy {
    shared: Arc<Shared>,
    http: SocketAddr,
    ws: SocketAddr,
    _end: DropGuard,
}

impl Proxy {
    /// A proxy in front of `network`, without a fault.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn of(network: &Network, seed: u64) -> Result<Self> {
        Self::start(network.rpc_url(), network.ws_url(), seed).await
    }

    /// A proxy in front of the node at these addresses, without a fault.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(http_url: String, ws_url: String, seed: u64) -> Result<Self> {
        let end = CancellationToken::new();
        let shared = Arc::new(Shared {
            upstream: Upstream::new(http_url, ws_url)?,
            calls: Rules::new(seed),
            messages: Rules::new(seed),
            view: Mutex::new(View::new(seed)),
            counts: Counts::default(),
            asked: Counts::default(),
            cut: Mutex::new(end.child_token()),
            end: end.clone(),
        });
        let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let ws = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let proxy = Self {
            http: http.local_addr()?,
            ws: ws.local_addr()?,
            shared: shared.clone(),
            _end: end.clone().drop_guard(),
        };
        tokio::spawn(
            end.clone()
                .run_until_cancelled_owned(http::serve(http, shared.clone())),
        );
        tokio::spawn(end.run_until_cancelled_owned(socket::serve(ws, shared)));
        Ok(proxy)
    }

    /// The URL of HTTP RPC.
    #[must_use]
    pub fn rpc_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// The URL of subscriptions over WebSocket.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.ws)
    }

    /// A rule about calls of one method.
    pub fn on(&self, method: RpcRequest) -> When<'_, Fault> {
        self.shared.calls.when(Some(method.to_string()))
    }

    /// A rule about all calls.
    pub fn on_every_call(&self) -> When<'_, Fault> {
        self.shared.calls.when(None)
    }

    /// A rule about requests over a WebSocket.
    pub fn on_subscription(&self) -> When<'_, SocketFault> {
        let subject = Some(socket::SUBSCRIPTION.to_owned());
        self.shared.messages.when(subject)
    }

    /// A rule about notifications over a WebSocket.
    pub fn on_notification(&self) -> When<'_, SocketFault> {
        let subject = Some(socket::NOTIFICATION.to_owned());
        self.shared.messages.when(subject)
    }

    /// Ends all rules and lies. Connections that a fault holds stay held.
    pub fn clear(&self) {
        self.shared.calls.clear();
        self.shared.messages.clear();
        self.shared.view().clear();
    }

    /// Ends every present connection, HTTP and WebSocket.
    pub fn cut(&self) {
        self.shared.counts.add("all connections cut");
        let mut cut = self.shared.cut();
        cut.cancel();
        *cut = self.shared.end.child_token();
    }

    /// How often each kind of fault was injected.
    #[must_use]
    pub fn injected(&self) -> BTreeMap<String, u64> {
        self.shared.counts.all()
    }

    /// How often each method was called.
    #[must_use]
    pub fn asked(&self) -> BTreeMap<String, u64> {
        self.shared.asked.all()
    }

    /// Leaves transactions out of the first `lists` lists that they belong to: each with
    /// `probability`, from 0.0 to 1.0, decided when it is first listed.
    pub fn list_late(&self, probability: f64, lists: u32) {
        self.shared.view().listing.late_by_chance = Some((probability, lists));
    }

    /// Leaves one transaction out of the next `lists` lists that it belongs to.
    pub fn list_one_late(&self, signature: &Signature, lists: u32) {
        let mut view = self.shared.view();
        view.listing.late.insert(signature.to_string(), lists);
    }

    /// Lists the transactions of each slot in another order, chosen by `seed`.
    pub fn reorder_slots(&self, seed: u64) {
        self.shared.view().listing.order = Some(seed);
    }

    /// Lists a transaction for `address` that no node can show.
    pub fn forge(&self, address: &Address, signature: &Signature, slot: u64) {
        let mut view = self.shared.view();
        view.listing.forge(address, signature, slot);
    }

    /// Reads the accounts of `programs`, the clock and their slot. Waits for a slot in which
    /// nothing happens to the programs.
    ///
    /// # Errors
    /// When there is no such slot for ten seconds, or the node fails.
    pub async fn remember(&self, programs: &[Address]) -> Result<Memory> {
        self.shared.upstream.remember(programs).await
    }

    /// Freezes the node at the slot of `memory`: later transactions, accounts, slots and
    /// notifications are hidden.
    pub fn freeze(&self, memory: &Memory) {
        self.shared.view().frozen = Some(memory.clone());
    }

    /// Ends [`Proxy::freeze`].
    pub fn thaw(&self) {
        self.shared.view().frozen = None;
    }

    /// Hides a transaction, and shows the accounts that it could write as in `memory`, which is of
    /// an earlier slot. The test must also hide transactions that build on it.
    ///
    /// # Errors
    /// When the node does not show the transaction.
    pub async fn vanish(&self, signature: &Signature, memory: &Memory) -> Result<()> {
        let effects = self.shared.upstream.effects(signature, memory).await;
        let effects = effects.with_context(|| format!("what {signature} wrote"))?;
        self.shared.view().vanish(signature.to_string(), effects);
        Ok(())
    }

    /// Shows a vanished transaction and its effects again, in `slot`, which has a block.
    pub fn land_again(&self, signature: &Signature, slot: u64) {
        self.shared.view().land_again(signature.to_string(), slot);
    }

    /// Shows nothing later than `slot` as final.
    pub fn finalize_up_to(&self, slot: u64) {
        self.shared.view().finalized = Some(slot);
    }
}
