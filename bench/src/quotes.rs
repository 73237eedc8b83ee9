//! Quotes with their signature and transaction, one after the other on each of a few connections.

use crate::{report::Report, world::World};
use anyhow::Result;
use serde_json::json;
use std::time::Instant;

/// Quotes that are made.
const QUOTES: u32 = 2_000;

pub(crate) async fn measure(world: &World, report: &mut Report) -> Result<()> {
    let plan = world.tenant.plan.to_string();
    let started = Instant::now();
    let make = async |from: u32| {
        for index in (from..QUOTES).step_by(4) {
            let mut wallet = [9; 32];
            wallet[..4].copy_from_slice(&index.to_le_bytes());
            let wallet = tessera_store::Key(wallet).to_string();
            let wanted =
                json!({ "segment": "individual", "plan": plan, "wallet": wallet, "quantity": 1 });
            world.post("/v1/quotes", wanted.to_string()).await?;
        }
        anyhow::Ok(())
    };
    tokio::try_join!(make(0), make(1), make(2), make(3))?;
    report.note(
        "quotes",
        f64::from(QUOTES) / started.elapsed().as_secs_f64(),
        "quotes/s",
    );
    Ok(())
}
