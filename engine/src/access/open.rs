//! What an organisation begins with: the first versions of its rules, in force, and a funnel.

use crate::{
    Result,
    work::{Kind, schedule},
};
use serde::Serialize;
use tessera_domain::{
    access::{
        KeyKind, Role, Scope,
        secret::{Token, TokenKind},
    },
    analytics::funnel::default_definition,
    capture::seed_registry,
    leads::scoring::seed_model,
    pricing::{Currency, seed_price_book},
};
use tessera_store::{
    Key, OrganisationId, PgConnection, StoreError,
    access::{
        api_key::{self, NewApiKey},
        organisation, role,
    },
    analytics::funnel,
    projection,
    rule_set::{self, RuleKind},
    tenant,
};
use uuid::Uuid;

/// Who wrote the first versions.
const ACTOR: &str = "seed";
/// Characters by which a key is recognised.
const SHOWN_CHARS: usize = 14;
/// The funnel's name.
pub const DEFAULT_FUNNEL: &str = "default";

/// Opens an organisation for `org` with `owner` as its owner, and acts for it from now on; none when
/// the Org has one already. For a plain connection.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn open(
    conn: &mut PgConnection,
    org: Key,
    name: &str,
    owner: Key,
) -> Result<Option<OrganisationId>> {
    let Some(id) = organisation::insert(conn, org, name).await? else {
        return Ok(None);
    };
    tenant::enter(conn, id).await?;
    role::grant(
        conn,
        id,
        owner,
        Role::Owner.as_str(),
        &format!("wallet:{owner}"),
    )
    .await?;
    plant(conn, id).await?;
    // What its Org did before it had an organisation.
    schedule(conn, Kind::ChainFeed, id).await?;
    schedule(conn, Kind::PastDue, id).await?;
    Ok(Some(id))
}

/// Gives the organisation an admin key that may do everything, made from `secret`. Returns its text,
/// which is kept nowhere.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn admin_key(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    created_by: &str,
    secret: [u8; 32],
) -> Result<String> {
    let token = Token::new(TokenKind::Admin, secret);
    let text = token.text();
    let key = NewApiKey {
        id: Uuid::now_v7(),
        name,
        kind: KeyKind::Admin.as_str(),
        scopes: &Scope::ALL.map(|scope| scope.as_str().to_owned()),
        prefix: text.get(..SHOWN_CHARS).unwrap_or_default(),
        hash: token.hash(),
        created_by,
        expires_at: None,
    };
    api_key::insert(conn, organisation, &key).await?;
    Ok(text)
}

/// Plants the first rules of `organisation`, for which the transaction acts.
async fn plant(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    publish(
        conn,
        organisation,
        RuleKind::EventRegistry,
        &seed_registry(),
    )
    .await?;
    projection::insert_counts(conn, organisation).await?;
    // There is nobody yet to be scored or counted, so both are current from the start.
    let kind = RuleKind::ScoringModel;
    let version = publish(conn, organisation, kind, &seed_model()).await?;
    let model = projection::insert(conn, organisation, kind, rule_set::DEFAULT, version).await?;
    projection::go_live(conn, model).await?;
    // Prices are in the token that the first plan takes; without a plan there is none yet.
    if let Some(currency) = currency(conn).await? {
        publish(
            conn,
            organisation,
            RuleKind::PriceBook,
            &seed_price_book(currency),
        )
        .await?;
    }
    let funnel = funnel::insert(
        conn,
        organisation,
        DEFAULT_FUNNEL,
        &default_definition(),
        ACTOR,
    )
    .await?;
    if let Some(id) = funnel {
        rule_set::publish_named(conn, RuleKind::Funnel.as_str(), DEFAULT_FUNNEL, 1).await?;
        projection::go_live(conn, id).await?;
    }
    Ok(())
}

/// The token of the organisation's first plan.
async fn currency(conn: &mut PgConnection) -> Result<Option<Currency>> {
    let token = organisation::first_token(conn).await?;
    Ok(token.and_then(|(mint, decimals)| {
        Some(Currency {
            mint: mint.to_string(),
            decimals: decimals.try_into().ok()?,
        })
    }))
}

async fn publish(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    kind: RuleKind,
    rules: &impl Serialize,
) -> Result<i32> {
    let body = serde_json::to_value(rules).map_err(|source| StoreError::Stored {
        what: kind.as_str(),
        source,
    })?;
    let version = rule_set::insert(conn, organisation, kind, &body, ACTOR).await?;
    rule_set::publish(conn, kind, version).await?;
    Ok(version)
}
