//! Who somebody is. What a caller may say depends on what they can prove: a page's key links a
//! browser to a user, a server states e-mail addresses, a wallet speaks for itself.

use crate::{
    auth::{Anyone, Identify},
    error::Error,
    extract::{Body, Checks, PathParam},
    http::unit_of_work::{Reader, Writer},
    openapi::{EngineItemRefusals, EngineRefusals},
    state::ApiState,
    wire::Id,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tessera_domain::{
    access::{
        Scope,
        secret::{DataKey, open, seal, unwrap, wrap},
    },
    capture::{Traits, split_traits},
    event::Properties,
    people::{Identifier, IdentifierKind, Proof},
};
use tessera_engine::{
    Actor, Caller,
    capture::{Occurrence, record},
};
use tessera_store::{
    PgConnection,
    people::person::{self, IdentifierKey, PersonRow},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(identify))
        .routes(routes!(alias))
        .routes(routes!(personal_traits))
}

/// Who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Said {
    /// The sender's id for a visitor.
    #[schema(example = "visitor-7f3a")]
    anonymous_id: Option<String>,
    /// The organisation's id for a user.
    #[schema(example = "user-42")]
    user_id: Option<String>,
    /// A verified e-mail address; takes the scope `identify`.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// What is known of them: `segment`, `company_size`, `country`, `intent`, `role`, `industry` and
    /// `channel` can be scored; `name`, `email`, `phone`, `company` and the like are sealed, and take
    /// the scope `identify` or the person's own session.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "segment": "institution", "country": "CH" }))]
    traits: Map<String, Value>,
}

/// A visitor who turns out to be a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Alias {
    /// The sender's id for the visitor.
    #[schema(example = "visitor-7f3a")]
    anonymous_id: String,
    /// The organisation's id for the user.
    #[schema(example = "user-42")]
    user_id: String,
}

/// Who was meant.
#[derive(Serialize, ToSchema)]
struct Identified {
    /// The person.
    person: Id,
}

/// Say who somebody is.
///
/// With the scope `capture`: a visitor is a user, with traits that name nobody. With `identify`:
/// e-mail addresses and personal traits as well. With a wallet's session: the wallet is whoever the
/// visitor is. Visitors become the person; two people who are both known stay two (409).
#[utoipa::path(post, operation_id = "identify", path = "/v1/identify", tag = "capture", security(("bearer" = [])),
    request_body = Said,
    responses((status = 200, description = "The person.", body = Identified), EngineRefusals))]
async fn identify(
    State(api): State<ApiState>,
    mut change: Writer<Anyone>,
    Body(said): Body<Said>,
) -> Result<Json<Identified>, Error> {
    let rights = Rights::of(&change.caller)?;
    let traits = split_traits(&Value::Object(said.traits))
        .map_err(|rejection| Error::refused(&rejection.field, &rejection.rule))?;
    let mut checks = Checks::default();
    checks.that(
        "email",
        "absent without the scope `identify`",
        said.email.is_none() || rights.states_emails,
    );
    checks.that(
        "user_id",
        "absent in a wallet's session, which does not prove it",
        said.user_id.is_none() || rights.wallet.is_none(),
    );
    for name in traits.personal.keys().filter(|_| !rights.states_personal) {
        checks.that(
            &format!("traits.{name}"),
            "absent without the scope `identify` or a session",
            false,
        );
    }
    checks.finish()?;
    let mut identifiers = Vec::new();
    for (kind, field, text) in [
        (IdentifierKind::Anonymous, "anonymous_id", said.anonymous_id),
        (IdentifierKind::User, "user_id", said.user_id),
        (IdentifierKind::Email, "email", said.email),
    ] {
        if let Some(text) = text {
            identifiers.push(parsed(kind, field, &text)?);
        }
    }
    identifiers.extend(rights.wallet);
    if identifiers.is_empty() {
        let rule = "one of anonymous_id, user_id and email, or a wallet's session";
        return Err(Error::refused("body", rule));
    }
    let person = say(
        &api,
        &mut change,
        "identified",
        rights.proof,
        &identifiers,
        traits,
    )
    .await?;
    Ok(Json(Identified {
        person: person.into(),
    }))
}

/// Say that a visitor is a user.
///
/// As identify without traits.
#[utoipa::path(post, operation_id = "alias", path = "/v1/alias", tag = "capture", security(("bearer" = [])),
    request_body = Alias,
    responses((status = 200, description = "The person.", body = Identified), EngineRefusals))]
async fn alias(
    State(api): State<ApiState>,
    mut change: Writer<Anyone>,
    Body(said): Body<Alias>,
) -> Result<Json<Identified>, Error> {
    let rights = Rights::of(&change.caller)?;
    if rights.wallet.is_some() {
        return Err(Error::forbidden(Scope::Capture));
    }
    let identifiers = [
        parsed(
            IdentifierKind::Anonymous,
            "anonymous_id",
            &said.anonymous_id,
        )?,
        parsed(IdentifierKind::User, "user_id", &said.user_id)?,
    ];
    let person = say(
        &api,
        &mut change,
        "aliased",
        rights.proof,
        &identifiers,
        Traits::default(),
    )
    .await?;
    Ok(Json(Identified {
        person: person.into(),
    }))
}

/// Get a person's personal traits.
///
/// They are sealed under the person's own key and opened for this answer.
#[utoipa::path(get, operation_id = "get_personal_traits", path = "/v1/persons/{id}/personal-traits", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The person.")),
    responses((status = 200, description = "Names and values.", body = Object, example = json!({ "name": "Ada" })), EngineItemRefusals))]
async fn personal_traits(
    State(api): State<ApiState>,
    mut reader: Reader<Identify>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<Properties>, Error> {
    let person = person::get(&mut reader, id.0)
        .await?
        .ok_or_else(|| Error::not_found("person", id.to_string()))?;
    let key = DataKeyOf::of(&api, &person)?;
    Ok(Json(key.map_or_else(
        || Ok(Properties::new()),
        |key| key.traits(&person),
    )?))
}

/// What a caller may say of people.
struct Rights {
    proof: Proof,
    states_emails: bool,
    states_personal: bool,
    /// The wallet that speaks for itself.
    wallet: Option<Identifier>,
}

impl Rights {
    fn of(principal: &Caller) -> Result<Self, Error> {
        let trusted = principal.scopes.contains(&Scope::Identify);
        let customer = match principal.actor {
            Actor::Wallet(wallet) if principal.scopes.is_empty() => Some(wallet),
            _ => None,
        };
        if !trusted && customer.is_none() {
            principal.require(Scope::Capture)?;
        }
        let wallet = customer
            .map(|wallet| Identifier::wallet(wallet.0))
            .transpose()
            .map_err(|_| Error::internal("wallet"))?;
        Ok(Self {
            proof: if trusted || wallet.is_some() {
                Proof::Possession
            } else {
                Proof::Claimed
            },
            states_emails: trusted,
            states_personal: trusted || wallet.is_some(),
            wallet,
        })
    }
}

fn parsed(kind: IdentifierKind, field: &str, text: &str) -> Result<Identifier, Error> {
    Identifier::parse(kind, text).map_err(|error| Error::refused(field, error.to_string()))
}

/// Records what is said and keeps the traits; returns who that is.
async fn say(
    api: &ApiState,
    change: &mut Writer<Anyone>,
    name: &str,
    proof: Proof,
    identifiers: &[Identifier],
    traits: Traits,
) -> Result<Uuid, Error> {
    let organisation = change.caller.organisation;
    let public = Value::Object(traits.public.clone());
    let occurrence = Occurrence {
        name,
        id: Uuid::now_v7(),
        identifiers,
        proof,
        properties: traits.public,
    };
    record(&api.engine, change, organisation, occurrence, api.now()).await?;
    let digests = api.engine.digest_key(organisation);
    let named = identifiers
        .last()
        .map(|identifier| IdentifierKey::of(identifier, &digests))
        .ok_or(Error::internal("find the person"))?;
    let resolved = person::resolve(change, std::slice::from_ref(&named)).await?;
    let canonical = resolved
        .get(&named)
        .map(|known| known.canonical)
        .ok_or(Error::internal("find the person"))?;
    keep_traits(api, change, canonical, &public, traits.personal).await?;
    Ok(canonical)
}

/// Adds traits to a person's; the personal ones are sealed under the person's own key, which is made
/// when there is first something to seal.
async fn keep_traits(
    api: &ApiState,
    conn: &mut PgConnection,
    id: Uuid,
    public: &Value,
    personal: Map<String, Value>,
) -> Result<(), Error> {
    if personal.is_empty() {
        return Ok(person::set_traits(conn, id, public, None, None).await?);
    }
    let person = person::get(conn, id)
        .await?
        .ok_or(Error::internal("person"))?;
    let (key, wrapped, mut all) = match DataKeyOf::of(api, &person)? {
        Some(key) => {
            let known = key.traits(&person)?;
            (key, None, known)
        }
        // Whatever was sealed under a key that was erased is erased with it.
        None => {
            let (key, wrapped) = DataKeyOf::make(api, person.id)?;
            (key, Some(wrapped), Properties::new())
        }
    };
    all.extend(personal);
    let sealed = key.seal(&all)?;
    person::set_traits(conn, id, public, Some(&sealed), wrapped.as_deref()).await?;
    Ok(())
}

/// A person's own key, under which their traits are sealed. What is sealed says whose it is.
struct DataKeyOf {
    person: Uuid,
    key: DataKey,
}

impl DataKeyOf {
    /// The key of a person who has one.
    fn of(api: &ApiState, person: &PersonRow) -> Result<Option<Self>, Error> {
        let Some(wrapped) = &person.data_key else {
            return Ok(None);
        };
        let key = unwrap(
            &api.engine.master_key.wrap_key(),
            person.id.as_bytes(),
            wrapped,
        )
        .map_err(|_| broken())?;
        Ok(Some(Self {
            person: person.id,
            key,
        }))
    }

    /// A new key, and how it is stored.
    fn make(api: &ApiState, person: Uuid) -> Result<(Self, Vec<u8>), Error> {
        let key = DataKey::new(rand::random());
        let wrapped = wrap(
            &api.engine.master_key.wrap_key(),
            rand::random(),
            person.as_bytes(),
            &key,
        )
        .map_err(|_| broken())?;
        Ok((Self { person, key }, wrapped))
    }

    fn traits(&self, person: &PersonRow) -> Result<Properties, Error> {
        let Some(sealed) = &person.sealed else {
            return Ok(Properties::new());
        };
        let opened = open(&self.key, self.person.as_bytes(), sealed).map_err(|_| broken())?;
        serde_json::from_slice(&opened).map_err(|_| broken())
    }

    fn seal(&self, traits: &Properties) -> Result<Vec<u8>, Error> {
        let text = json!(traits).to_string();
        seal(
            &self.key,
            rand::random(),
            self.person.as_bytes(),
            text.as_bytes(),
        )
        .map_err(|_| broken())
    }
}

/// Another master key, or an edited row.
fn broken() -> Error {
    Error::internal("open a sealed trait")
}
