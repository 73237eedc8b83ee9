//! One transaction a request that writes: begun before the handler, committed with its success,
//! rolled back with its refusal. With an `Idempotency-Key`, the answer is stored in that very
//! transaction, so a repeated request gets the first one's answer and has no effect of its own.

use crate::{
    auth::{self, Needs},
    capture::DeadLetters,
    error::Error,
    state::ApiState,
};
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
    sync::Arc,
};
use tessera_domain::access::secret::{open, seal};
use tessera_engine::Caller;
use tessera_store::{
    PgConnection, StoreError, Transaction,
    access::idempotency::{self, Claim},
    rules::Rules,
    tenant,
};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

/// Header by which a caller names a request, so that it can be repeated.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Header of an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";
/// Longest key.
const MAX_KEY_LEN: usize = 255;
/// What a key must be.
const KEY_RULE: &str = "1 to 255 printable ASCII characters";

/// The transaction, while the handler runs; none once a handler that only reads has ended it.
type Shared = Arc<Mutex<Option<Transaction>>>;

/// Begins and ends the transaction of a request that writes for an organisation.
pub(crate) async fn unit_of_work(
    State(api): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let caller = request.extensions().get::<Caller>().cloned();
    match caller {
        Some(caller) if !request.method().is_safe() => work(&api, &caller, request, next)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        _ => next.run(request).await,
    }
}

async fn work(
    api: &ApiState,
    caller: &Caller,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let key = idempotency_key(&request)?;
    let (mut request, hash) = match &key {
        Some(_) => hashed(caller, request, api.config.max_body_bytes).await?,
        None => (request, [0; 32]),
    };
    let organisation = caller.organisation;
    let answers = api.engine.master_key.answer_key(organisation.0);
    let mut transaction = tenant::begin(&api.engine.pool, organisation).await?;
    if let Some(key) = &key {
        match idempotency::claim(&mut transaction, organisation, key, hash).await? {
            Claim::New => {}
            Claim::OtherRequest => return Err(Error::ReusedIdempotencyKey),
            Claim::Answered { status, body } => {
                let body = open(&answers, &hash, &body).map_err(|_| Error::internal("answer"))?;
                return Ok(replay(status, body));
            }
        }
    }
    let shared: Shared = Arc::new(Mutex::new(Some(transaction)));
    request.extensions_mut().insert(shared.clone());
    let mut response = next.run(request).await;
    // A handler that was cut off may hold on to it; dropping it rolls back.
    let Some(mut transaction) = Arc::into_inner(shared).and_then(Mutex::into_inner) else {
        return Ok(response);
    };
    if !response.status().is_success() {
        transaction.rollback().await.map_err(StoreError::from)?;
        if let Some(refused) = response.extensions_mut().remove::<DeadLetters>() {
            refused.keep_apart(api).await?;
        }
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
    let status = parts.status.as_u16();
    let sealed =
        seal(&answers, rand::random(), &hash, &body).map_err(|_| Error::internal("answer"))?;
    idempotency::answer(&mut transaction, organisation, &key, status, &sealed).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn idempotency_key(request: &Request) -> Result<Option<String>, Error> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=MAX_KEY_LEN).contains(&key.len()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| Error::refused("Idempotency-Key", KEY_RULE))
}

/// The request with its body read, and the hash that tells it from others.
async fn hashed(
    caller: &Caller,
    request: Request,
    max_body_bytes: usize,
) -> Result<(Request, [u8; 32]), Error> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, max_body_bytes)
        .await
        .map_err(|_| Error::BodyTooLarge)?;
    let mut hasher = Sha256::new();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    for part in [&caller.actor.to_string(), parts.method.as_str(), path] {
        hasher.update(part);
        hasher.update([0]);
    }
    // Whoever lost a right since then is not told again what it gave.
    for scope in &caller.scopes {
        hasher.update(scope.as_str());
        hasher.update([0]);
    }
    hasher.update(&body);
    Ok((
        Request::from_parts(parts, Body::from(body)),
        hasher.finalize().into(),
    ))
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
    transaction: OwnedMappedMutexGuard<Option<Transaction>, Transaction>,
    scope: PhantomData<S>,
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

impl<S: Needs, State: Sync> FromRequestParts<State> for Writer<S> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Error> {
        let caller = auth::caller::<S>(parts).await?;
        // Taken out, so that nothing but the handler holds it when the handler ends.
        let shared = parts
            .extensions
            .remove::<Shared>()
            .ok_or(Error::internal("request"))?;
        let transaction = OwnedMutexGuard::try_map(shared.lock_owned().await, Option::as_mut)
            .map_err(|_| Error::internal("request"))?;
        Ok(Self {
            caller,
            transaction,
            scope: PhantomData,
        })
    }
}

/// Extracts who asks a question by POST, for a caller who has the scope `S`. The answer changes
/// nothing, so the request's transaction ends here, and an Idempotency-Key has no effect: a request
/// that kept its connection while it waits for another one could wait for others that do the same.
pub(crate) struct Asker<S> {
    /// Who asks.
    pub(crate) caller: Caller,
    scope: PhantomData<S>,
}

impl<S> Asker<S> {
    /// The rules in force, as of one moment: a question does not wait for who changes them.
    pub(crate) async fn rules(&self, api: &ApiState) -> Result<Arc<Rules>, Error> {
        let organisation = self.caller.organisation;
        let mut transaction = tenant::snapshot(&api.pool, organisation).await?;
        let rules = api.engine.rules.latest(&mut transaction, organisation);
        Ok(rules.await?)
    }
}

impl<S: Needs, State: Sync> FromRequestParts<State> for Asker<S> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        let caller = auth::caller::<S>(parts).await?;
        Apart::from_request_parts(parts, state).await?;
        Ok(Self {
            caller,
            scope: PhantomData,
        })
    }
}

/// Ends the request's transaction, for a handler that has one of its own: see [`Asker`].
pub(crate) struct Apart;

impl<State: Sync> FromRequestParts<State> for Apart {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Error> {
        if let Some(shared) = parts.extensions.remove::<Shared>()
            && let Some(transaction) = shared.lock().await.take()
        {
            transaction.rollback().await.map_err(StoreError::from)?;
        }
        Ok(Self)
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
        let Asker { caller, .. } = Asker::<S>::from_request_parts(parts, api).await?;
        let transaction = tenant::snapshot(&api.engine.pool, caller.organisation).await?;
        Ok(Self {
            caller,
            transaction,
            scope: PhantomData,
        })
    }
}
