//! One transaction for each request that writes: begun when the handler asks for its [`Writer`],
//! committed with its success, rolled back with its refusal. With an `Idempotency-Key`, the answer
//! is stored in the same transaction, so a repeated request gets the first one's answer and has no
//! effect of its own. An Idempotency-Key belongs to its caller: the same text from another API key
//! or wallet is a different one.
//!
//! Law: nothing is refused because another request was first. A request that lost a race is handled
//! again from its beginning, alone in its organisation, before anybody hears of it. Senders of events
//! repeat no request that was refused with a 4xx.

use crate::{
    auth::{self, Needs},
    error::Error,
    extract::read,
    state::ApiState,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::{
    convert::Infallible,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};
use tessera_domain::access::secret::{open, seal};
use tessera_engine::Caller;
use tessera_store::{
    OrganisationId, PgConnection, PgPool, StoreError, Transaction,
    access::{
        idempotency::{self, Claim, ClaimedKey},
        organisation::{self, Organisation},
    },
    rules::Rules,
    tenant,
};
use tokio::{
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard},
    time::sleep,
};

/// Header by which a caller names a request, so that it can be repeated.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Header of an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";
/// Longest Idempotency-Key.
const MAX_KEY_LEN: usize = 255;
const KEY_RULE: &str = "must have 1 to 255 printable ASCII characters";
/// How often a request that lost a race is handled again. The first time it is alone in its
/// organisation; what several organisations share is all that it can lose then.
const REPETITIONS: u32 = 4;
/// Longest pause before the first repetition; it doubles with each.
const PAUSE: Duration = Duration::from_millis(10);
/// Begins of the paths whose GET writes: a click is counted, or that a mail was opened.
const CLICKS: [&str; 3] = ["/r/", "/l/", "/o/"];

/// What a handler that writes has begun.
struct Work {
    transaction: Transaction,
    /// The caller's name for the request, claimed in the transaction.
    key: Option<ClaimedKey>,
}

/// Where the handler's [`Writer`] leaves its work to be ended, and the hash of the request; a
/// request without a key has none.
#[derive(Clone)]
struct Place {
    work: Arc<Mutex<Option<Work>>>,
    hash: [u8; 32],
}

/// Whether a request is handled again because it lost a race: what is not undone with its
/// transaction was done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Repeated(pub(crate) bool);

impl Repeated {
    /// Begins the organisation's transaction.
    pub(crate) async fn begin(
        self,
        pool: &PgPool,
        organisation: OrganisationId,
    ) -> Result<Transaction, StoreError> {
        if self.0 {
            tenant::begin_alone(pool, organisation).await
        } else {
            tenant::begin(pool, organisation).await
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Repeated {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

/// Handles a request that writes until it loses no race, and ends its transaction.
pub(crate) async fn unit_of_work(
    State(api): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if request.method().is_safe() && !CLICKS.iter().any(|it| path.starts_with(it)) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match read(body, api.config.max_body_bytes).await {
        Ok(body) => body,
        Err(error) => return error.into_response(),
    };
    for repetition in 0..REPETITIONS {
        let response = handle(&api, &parts, &body, Repeated(repetition > 0), &next).await;
        if !lost_a_race(&response) {
            return response;
        }
        sleep(PAUSE.mul_f64(rand::random()) * 2_u32.pow(repetition)).await;
    }
    handle(&api, &parts, &body, Repeated(true), &next).await
}

fn lost_a_race(response: &Response) -> bool {
    let error = response.extensions().get::<Arc<Error>>();
    error.is_some_and(|error| error.is_race())
}

async fn handle(
    api: &ApiState,
    parts: &Parts,
    body: &Bytes,
    repeated: Repeated,
    next: &Next,
) -> Response {
    let mut request = Request::from_parts(parts.clone(), Body::from(body.clone()));
    request.extensions_mut().insert(repeated);
    match request.extensions().get::<Caller>().cloned() {
        Some(caller) => run(api, &caller, body, request, next.clone())
            .await
            .unwrap_or_else(IntoResponse::into_response),
        None => next.clone().run(request).await,
    }
}

async fn run(
    api: &ApiState,
    caller: &Caller,
    body: &Bytes,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let hash = if request.headers().contains_key(IDEMPOTENCY_KEY) {
        hash(caller, &request, body)
    } else {
        [0; 32]
    };
    let work = Arc::default();
    request.extensions_mut().insert(Place {
        work: Arc::clone(&work),
        hash,
    });
    let response = next.run(request).await;
    // A handler that was cut off may hold on to it; dropping it rolls back.
    let Some(Work {
        mut transaction,
        key,
    }) = Arc::into_inner(work).and_then(Mutex::into_inner)
    else {
        return Ok(response);
    };
    if !response.status().is_success() {
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(response);
    }
    let Some(key) = key else {
        transaction.commit().await.map_err(StoreError::from)?;
        return Ok(response);
    };
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX)
        .await
        .map_err(|_| Error::internal("answer"))?;
    let answers = api.engine.master_key.answer_key(caller.organisation.0);
    let sealed =
        seal(&answers, rand::random(), &hash, &body).map_err(|_| Error::internal("answer"))?;
    idempotency::answer(&mut transaction, &key, parts.status.as_u16(), &sealed).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// Why the handler of a request that writes does not run.
pub(crate) enum NotBegun {
    /// The caller may not, or the transaction cannot begin.
    Refused(Error),
    /// It ran before, under the same Idempotency-Key.
    Replayed(Box<Response>),
}

impl<E: Into<Error>> From<E> for NotBegun {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl IntoResponse for NotBegun {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => error.into_response(),
            Self::Replayed(response) => *response,
        }
    }
}

impl Work {
    /// Begins the caller's transaction.
    async fn begin(
        api: &ApiState,
        caller: &Caller,
        key: Option<String>,
        hash: [u8; 32],
        repeated: Repeated,
    ) -> Result<Self, NotBegun> {
        let organisation = caller.organisation;
        let mut transaction = repeated.begin(&api.engine.pool, organisation).await?;
        let Some(key) = key else {
            return Ok(Self {
                transaction,
                key: None,
            });
        };
        let key = ClaimedKey {
            organisation,
            caller: caller.actor.to_string(),
            key,
        };
        match idempotency::claim(&mut transaction, &key, hash).await? {
            Claim::New => Ok(Self {
                transaction,
                key: Some(key),
            }),
            Claim::OtherRequest => Err(Error::ReusedIdempotencyKey.into()),
            Claim::Answered { status, body } => {
                let answers = api.engine.master_key.answer_key(organisation.0);
                let body = open(&answers, &hash, &body).map_err(|_| Error::internal("answer"))?;
                Err(NotBegun::Replayed(Box::new(replay(status, body))))
            }
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=MAX_KEY_LEN).contains(&key.len()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| Error::refused("Idempotency-Key", KEY_RULE))
}

/// Distinguishes the request from others.
fn hash(caller: &Caller, request: &Request, body: &Bytes) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let path = request.uri().path_and_query();
    let path = path.map_or("", |path| path.as_str());
    for part in [&caller.actor.to_string(), request.method().as_str(), path] {
        hasher.update(part);
        hasher.update([0]);
    }
    // A caller who has since lost a right does not see again what it gave.
    for scope in &caller.scopes {
        hasher.update(scope.as_str());
        hasher.update([0]);
    }
    hasher.update(body);
    hasher.finalize().into()
}

fn replay(status: u16, body: Vec<u8>) -> Response {
    let mut response =
        (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// Extracts the request's transaction for a caller who has the scope `S`. It derefs to the
/// connection.
pub(crate) struct Writer<S> {
    /// Who writes.
    pub(crate) caller: Caller,
    transaction: OwnedMappedMutexGuard<Option<Work>, Transaction>,
    scope: PhantomData<S>,
}

impl<S> Writer<S> {
    /// Who writes, and the connection to write on, for a use case.
    pub(crate) fn parts(&mut self) -> (&Caller, &mut PgConnection) {
        (&self.caller, &mut self.transaction)
    }
}

impl<S> Deref for Writer<S> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl<S> DerefMut for Writer<S> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

impl<S: Needs> FromRequestParts<ApiState> for Writer<S> {
    type Rejection = NotBegun;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, NotBegun> {
        let caller = auth::caller::<S>(parts).await?;
        // Taken out, so that nothing but the handler holds it when the handler ends.
        let place = parts
            .extensions
            .remove::<Place>()
            .ok_or(Error::internal("request"))?;
        let key = idempotency_key(&parts.headers)?;
        let repeated = parts.extensions.get().copied().unwrap_or_default();
        let work = Work::begin(api, &caller, key, place.hash, repeated).await?;
        // Left in its place, and borrowed by the handler.
        let transaction = OwnedMutexGuard::map(place.work.lock_owned().await, |place| {
            &mut place.insert(work).transaction
        });
        Ok(Self {
            caller,
            transaction,
            scope: PhantomData,
        })
    }
}

/// Extracts a caller who has the scope `S`, for a handler that needs no transaction or makes its
/// own: an Idempotency-Key has no effect.
pub(crate) struct Querier<S> {
    /// Who asks.
    pub(crate) caller: Caller,
    scope: PhantomData<S>,
}

impl<S> Querier<S> {
    /// The rules in force, as of one moment: a query does not wait for a change of rules.
    pub(crate) async fn rules(&self, api: &ApiState) -> Result<Arc<Rules>, Error> {
        let organisation = self.caller.organisation;
        let mut transaction = tenant::snapshot(&api.pools.questions, organisation).await?;
        let rules = api.engine.rules.latest(&mut transaction, organisation);
        Ok(rules.await?)
    }

    /// The caller's organisation with its settings.
    pub(crate) async fn organisation(&self, api: &ApiState) -> Result<Organisation, Error> {
        let organisation = self.caller.organisation;
        let mut transaction = tenant::snapshot(&api.pools.questions, organisation).await?;
        Ok(organisation::current(&mut transaction).await?)
    }
}

impl<S: Needs, State: Sync> FromRequestParts<State> for Querier<S> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Error> {
        Ok(Self {
            caller: auth::caller::<S>(parts).await?,
            scope: PhantomData,
        })
    }
}

/// Extracts a transaction that reads one moment, for a caller who has the scope `S`.
pub(crate) struct Reader<S> {
    /// Who reads.
    pub(crate) caller: Caller,
    transaction: Transaction,
    scope: PhantomData<S>,
}

impl<S> Deref for Reader<S> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl<S> DerefMut for Reader<S> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

impl<S: Needs> FromRequestParts<ApiState> for Reader<S> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, Error> {
        let Querier { caller, .. } = Querier::<S>::from_request_parts(parts, api).await?;
        let transaction = tenant::snapshot(&api.pools.questions, caller.organisation).await?;
        Ok(Self {
            caller,
            transaction,
            scope: PhantomData,
        })
    }
}
