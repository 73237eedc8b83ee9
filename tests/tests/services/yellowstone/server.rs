//! A Yellowstone gRPC server of the real service definition whose subscriptions tests script.

use anyhow::Result;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status, Streaming, async_trait,
    transport::server::{Server as Transport, TcpIncoming},
};
use yellowstone_grpc_proto::prelude::{
    GetBlockHeightRequest, GetBlockHeightResponse, GetLatestBlockhashRequest,
    GetLatestBlockhashResponse, GetSlotRequest, GetSlotResponse, GetVersionRequest,
    GetVersionResponse, IsBlockhashValidRequest, IsBlockhashValidResponse, PingRequest,
    PongResponse, SubscribeDeshredRequest, SubscribeGossipRequest, SubscribeReplayInfoRequest,
    SubscribeReplayInfoResponse, SubscribeRequest, SubscribeUpdate, SubscribeUpdateDeshred,
    SubscribeUpdateGossip,
    geyser_server::{Geyser, GeyserServer},
};

pub(super) type Updates = BoxStream<'static, Result<SubscribeUpdate, Status>>;
type Subscription = Box<dyn FnOnce(&SubscribeRequest) -> Result<Updates, Status> + Send>;

/// Updates, and then no more word.
pub(super) fn open(updates: Vec<SubscribeUpdate>) -> Updates {
    let updates = stream::iter(updates.into_iter().map(Ok));
    updates.chain(stream::pending()).boxed()
}

/// Updates, and then an end with this status.
pub(super) fn broken(updates: Vec<SubscribeUpdate>, status: Status) -> Updates {
    let updates = stream::iter(updates.into_iter().map(Ok));
    updates.chain(stream::iter([Err(status)])).boxed()
}

/// What the server was asked for.
#[derive(Default)]
pub(super) struct Asked {
    /// Requests that opened a subscription.
    pub(super) subscriptions: Vec<SubscribeRequest>,
    /// Requests that came later.
    pub(super) later: Vec<SubscribeRequest>,
    pub(super) tokens: Vec<Option<String>>,
}

struct State {
    subscriptions: Mutex<VecDeque<Subscription>>,
    asked: Mutex<Asked>,
}

/// A server; each of its subscriptions is answered as scripted, and then none is.
pub(super) struct Server {
    pub(super) url: String,
    state: Arc<State>,
}

impl Server {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(State {
            subscriptions: Mutex::default(),
            asked: Mutex::default(),
        });
        let service = GeyserServer::new(Service(state.clone()));
        let server = Transport::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        Ok(Self { url, state })
    }

    /// Answers one more subscription.
    pub(super) fn then(
        self,
        subscription: impl FnOnce(&SubscribeRequest) -> Result<Updates, Status> + Send + 'static,
    ) -> Self {
        let subscriptions = &self.state.subscriptions;
        locked(subscriptions).push_back(Box::new(subscription));
        self
    }

    pub(super) fn asked(&self) -> MutexGuard<'_, Asked> {
        locked(&self.state.asked)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds this")
}

struct Service(Arc<State>);

fn not_here<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not in this server"))
}

#[async_trait]
impl Geyser for Service {
    type SubscribeStream = Updates;
    type SubscribeDeshredStream = BoxStream<'static, Result<SubscribeUpdateDeshred, Status>>;
    type SubscribeGossipStream = BoxStream<'static, Result<SubscribeUpdateGossip, Status>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Updates>, Status> {
        let token = request.metadata().get("x-token");
        let token = token
            .and_then(|token| token.to_str().ok())
            .map(String::from);
        let mut requests = request.into_inner();
        let first = requests.message().await?;
        let first = first.ok_or_else(|| Status::invalid_argument("nothing is asked for"))?;
        let subscription = {
            let mut asked = locked(&self.0.asked);
            asked.subscriptions.push(first.clone());
            asked.tokens.push(token);
            locked(&self.0.subscriptions).pop_front()
        };
        let state = self.0.clone();
        tokio::spawn(async move {
            while let Ok(Some(request)) = requests.message().await {
                locked(&state.asked).later.push(request);
            }
        });
        let subscription = subscription.ok_or_else(|| Status::unavailable("no more"))?;
        subscription(&first).map(Response::new)
    }

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Result<Response<Self::SubscribeDeshredStream>, Status> {
        not_here()
    }

    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Result<Response<Self::SubscribeGossipStream>, Status> {
        not_here()
    }

    async fn subscribe_replay_info(
        &self,
        _: Request<SubscribeReplayInfoRequest>,
    ) -> Result<Response<SubscribeReplayInfoResponse>, Status> {
        not_here()
    }

    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        not_here()
    }

    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Result<Response<GetLatestBlockhashResponse>, Status> {
        not_here()
    }

    async fn get_block_height(
        &self,
        _: Request<GetBlockHeightRequest>,
    ) -> Result<Response<GetBlockHeightResponse>, Status> {
        not_here()
    }

    async fn get_slot(
        &self,
        _: Request<GetSlotRequest>,
    ) -> Result<Response<GetSlotResponse>, Status> {
        not_here()
    }

    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Result<Response<IsBlockhashValidResponse>, Status> {
        not_here()
    }

    async fn get_version(
        &self,
        _: Request<GetVersionRequest>,
    ) -> Result<Response<GetVersionResponse>, Status> {
        not_here()
    }
}
