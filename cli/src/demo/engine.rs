//! The business's organisation in the sales engine.

use super::Business;
use anyhow::{Context, Result};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;
use tessera_client::types::Address;
use tessera_domain::access::secret::MasterKey;
use tessera_engine::access;
use tessera_store::{
    Key, PgPool,
    access::organisation::{self, Settings},
    mirror::query,
};
use tokio::time::{Instant, sleep};

/// How long the mirror may take to show the Org and its plans.
const PATIENCE: Duration = Duration::from_secs(60);

/// The key that signs quotes of `org` in an installation with this master key.
pub fn quote_authority(master_key: &MasterKey, org: &Address) -> Keypair {
    Keypair::new_from_array(master_key.quote_seed(&org.to_bytes()))
}

/// Opens the business's organisation as its authority would through the API, once the mirror shows
/// its last plan. Returns an admin key.
///
/// # Errors
/// When the mirror does not follow or the database fails.
pub async fn open_organisation(pool: &PgPool, business: &Business) -> Result<String> {
    let (last_plan, _) = business
        .plans
        .last()
        .context("the business sells nothing")?;
    let deadline = Instant::now() + PATIENCE;
    let mut conn = pool.acquire().await?;
    while query::plans::get(&mut conn, Key(last_plan.to_bytes()))
        .await?
        .is_none()
    {
        anyhow::ensure!(
            Instant::now() < deadline,
            "the mirror does not show the plans"
        );
        sleep(Duration::from_millis(100)).await;
    }
    drop(conn);
    let mut transaction = pool.begin().await?;
    let org = Key(business.org.to_bytes());
    let owner = business.authority.pubkey();
    let actor = format!("wallet:{owner}");
    let id = access::open(
        &mut transaction,
        org,
        "Demo business",
        Key(owner.to_bytes()),
    )
    .await?
    .context("the Org has an organisation already")?;
    let settings = Settings {
        referral_destination: Some("https://example.com/welcome"),
        ..Settings::default()
    };
    organisation::update(&mut transaction, &settings).await?;
    let key = access::admin_key(&mut transaction, id, "demo", &actor, rand::random()).await?;
    transaction.commit().await?;
    Ok(key.text)
}
