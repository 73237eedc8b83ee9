//! How an organisation has companies looked up, and the key of the service that it asks, sealed.

use crate::{Caller, Engine, Error, Result, clock::now, error::unless_refused};
use tessera_domain::{
    access::secret::{open, seal},
    automation::webhook::endpoint_url,
    leads::enrichment::{SourcePolicies, standard_policies},
    refusal::Refusal,
};
use tessera_store::{
    OrganisationId, PgConnection,
    leads::enrichment::{self, EnrichmentRow},
    rules,
};

/// Most characters of a service's key.
const MAX_KEY_CHARS: usize = 512;

/// The settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether a lead's company is looked up when the lead appears.
    pub automatic: bool,
    /// What follows from where a fact comes from.
    pub policies: SourcePolicies,
    /// A service of the organisation's own that is asked too.
    pub provider_url: Option<String>,
}

/// A service to ask.
#[derive(Clone)]
pub struct NewProvider {
    /// Where it is asked.
    pub url: String,
    /// Its key; the one that is stored for this address, unless given.
    pub key: Option<String>,
}

/// The settings as they are.
///
/// # Errors
/// [`Error::Store`].
pub async fn settings(conn: &mut PgConnection) -> Result<Settings> {
    let known = enrichment::get(conn).await?;
    Ok(known.map_or_else(
        || Settings {
            automatic: false,
            policies: standard_policies(),
            provider_url: None,
        },
        |row| Settings {
            automatic: row.automatic,
            policies: row.policies.0,
            provider_url: row.provider_url,
        },
    ))
}

/// Stores the settings.
///
/// # Errors
/// [`Error::Refused`], [`Error::Store`].
pub async fn set(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    automatic: bool,
    policies: Option<SourcePolicies>,
    provider: Option<NewProvider>,
) -> Result<Settings> {
    let organisation = caller.organisation;
    // What arriving events set off depends on it.
    rules::lock(conn, organisation).await?;
    let known = enrichment::get(conn).await?;
    let policies = policies.unwrap_or_else(standard_policies);
    let mut refusals: Vec<Refusal> = Vec::new();
    refusals.extend(policies.validate().err().map(|it| it.within("policies")));
    let (mut provider_url, mut provider_key) = (None, None);
    if let Some(provider) = provider {
        let checked = endpoint_url(&provider.url, engine.lookups.reach());
        refusals.extend(checked.err().map(|it| it.within("provider")));
        let stored = known.filter(|it| it.provider_url.as_ref() == Some(&provider.url));
        provider_key = match &provider.key {
            Some(key) => {
                refusals.extend(Refusal::unless_name("provider.key", key, MAX_KEY_CHARS).err());
                Some(sealed(engine, organisation, &provider.url, key)?)
            }
            None => stored.and_then(|it| it.provider_key),
        };
        if provider_key.is_none() {
            let rule = "must be there: no key is stored for this address";
            refusals.push(Refusal::new("provider.key", rule));
        }
        provider_url = Some(provider.url);
    }
    unless_refused(refusals)?;
    let row = EnrichmentRow {
        automatic,
        policies: policies.into(),
        provider_url,
        provider_key,
        updated_by: caller.actor.to_string(),
        updated_at: now().into(),
    };
    enrichment::put(conn, organisation, &row).await?;
    rules::touch(conn, organisation).await?;
    settings(conn).await
}

/// A key as it is stored, for this address alone.
fn sealed(engine: &Engine, organisation: OrganisationId, url: &str, key: &str) -> Result<Vec<u8>> {
    let sealing = engine.master_key.enrichment_key(organisation.0);
    seal(&sealing, rand::random(), url.as_bytes(), key.as_bytes())
        .map_err(|_| Error::Internal("seal the key of a service"))
}

/// The address of the service that is asked, and the key that [`sealed`] sealed.
pub(super) async fn service(
    engine: &Engine,
    conn: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Option<(String, String)>> {
    let known = enrichment::get(conn).await?;
    let Some((url, sealed)) = known.and_then(|it| it.provider_url.zip(it.provider_key)) else {
        return Ok(None);
    };
    let sealing = engine.master_key.enrichment_key(organisation.0);
    let opened = open(&sealing, url.as_bytes(), &sealed).ok();
    let key = opened.and_then(|bytes| String::from_utf8(bytes).ok());
    let key = key.ok_or(Error::Internal("open the key of a service"))?;
    Ok(Some((url, key)))
}
