//! What an organisation begins with: the first versions of its rules, in force, and a funnel.

use super::{CreatedKey, admin_key};
use crate::{
    Actor, Error, Result,
    work::{Kind, schedule},
};
use serde::Serialize;
use tessera_domain::{
    access::Role,
    analytics::{attribution::ChannelRules, funnel::default_definition},
    capture::seed_registry,
    leads::scoring::seed_model,
    pricing::{Currency, seed_price_book},
};
use tessera_store::{
    Key, OrganisationId, PgConnection, StoreError,
    access::{organisation, role},
    analytics::funnel,
    mirror::query,
    projection,
    rule_set::{self, RuleKind},
    tenant,
};

/// Who wrote the first versions.
const ACTOR: &str = "seed";
/// The funnel's name.
pub const DEFAULT_FUNNEL: &str = "default";

/// Opens an organisation for `org` with `owner` as its owner, and acts for it from now on; none
/// when the Org has one already. For a plain connection.
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
        &Actor::Wallet(owner).to_string(),
    )
    .await?;
    plant(conn, id).await?;
    // Takes in what the Org did before it had an organisation.
    schedule(conn, Kind::ChainFeed, id).await?;
    schedule(conn, Kind::PastDue, id).await?;
    Ok(Some(id))
}

/// Opens an organisation for `org` when `wallet` is its authority, who becomes the owner. Returns
/// it and its first admin key. For a plain connection.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`], [`Error::Conflict`], [`Error::Store`].
pub async fn open_for_authority(
    conn: &mut PgConnection,
    wallet: Key,
    org: Key,
    name: &str,
) -> Result<(OrganisationId, CreatedKey)> {
    let on_chain = query::orgs::get(conn, org).await?;
    let on_chain = on_chain.ok_or_else(|| Error::not_found("org", format!("at {org}")))?;
    if on_chain.authority != wallet {
        return Err(Error::Denied(
            "only the Org's authority can open an organisation for it".to_owned(),
        ));
    }
    let id = open(conn, org, name, wallet)
        .await?
        .ok_or_else(|| Error::Conflict("this Org has an organisation already".to_owned()))?;
    let actor = Actor::Wallet(wallet).to_string();
    let key = admin_key(conn, id, "first admin key", &actor, rand::random()).await?;
    Ok((id, key))
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
    publish(
        conn,
        organisation,
        RuleKind::ChannelRules,
        &ChannelRules::default(),
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
