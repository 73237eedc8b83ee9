//! The arms that a quote is shown with.
//!
//! Law: no price depends on an arm: arms are dealt when there is a price, and one that speaks of another
//! price is not. What a quote is shown with is kept
//! with it, so neither another weight nor the experiment's end changes a quote that was given.

use crate::{
    Engine, Result,
    experiments::assign::{Features, Seen, Visitor, Wanted, assign_by},
    pricing::record::properties,
};
use tessera_domain::{
    experiments::{
        assignment::HELD_OUT,
        preset::{ShownArm, Tactic, shown_now},
    },
    pricing::Urgency,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    experiments::live::LiveExperiment,
    pricing::{
        offer::{self, OfferRow},
        offer_hold::Holder,
        quote::Quote,
    },
    rules::Rules,
};

/// The arms for a quote that is about to be given; those that its wallet has not seen count as seen. None
/// for a quote without a wallet, or a wallet that is held out. Offers run by this machine's clock, `now`,
/// and their places by `clock`.
pub(super) async fn deal(
    engine: &Engine,
    conn: &mut PgConnection,
    rules: &Rules,
    organisation: OrganisationId,
    quote: &Quote,
    (now, clock): (Timestamp, Timestamp),
) -> Result<Vec<ShownArm>> {
    let live = &rules.live;
    let of_quotes: Vec<&LiveExperiment> = live
        .experiments
        .iter()
        .filter(|it| it.is_for_quote(quote.breakdown.list, quote.breakdown.price))
        .collect();
    let Some(wallet) = quote.wallet.filter(|_| !of_quotes.is_empty()) else {
        return Ok(Vec::new());
    };
    // Everybody sees what is decided, unless some are held out.
    let decided = live.holdout.is_none() && of_quotes.iter().all(|it| it.shipped.is_some());
    let seen = if decided {
        Seen::default()
    } else {
        let visitors = [Visitor {
            wallet: Some(wallet.to_string()),
            properties: properties(quote),
            ..Visitor::default()
        }];
        let keys: Vec<String> = of_quotes.iter().map(|it| it.key.clone()).collect();
        let wanted = Wanted {
            features: Features::Only(&keys),
            expose: true,
        };
        let of_wallet = assign_by(engine, conn, rules, organisation, &visitors, wanted, now);
        of_wallet.await?.pop().unwrap_or_default()
    };
    let held_out = seen.held_out.as_ref();
    if held_out.is_some_and(|it| it.value == HELD_OUT) {
        return Ok(Vec::new());
    }
    let mut arms = Vec::new();
    for experiment in of_quotes {
        if let Some(mut shown) = shown(experiment, &seen) {
            if let Some((code, tactic)) = shown.preset.offer(&shown.value) {
                let real = real_offer(conn, code, tactic, quote, (now, clock)).await?;
                shown.value = shown_now(&shown.value, real);
            }
            arms.push(shown);
        }
    }
    Ok(arms)
}

/// What ends an offer, and how many places of it others have taken, if the quote's customer can have it.
async fn real_offer(
    conn: &mut PgConnection,
    code: &str,
    tactic: Tactic,
    quote: &Quote,
    (now, clock): (Timestamp, Timestamp),
) -> Result<Option<(Urgency, u64)>> {
    let holder = Holder::of(quote.wallet, quote.id);
    let found = offer::found_by(conn, code, &holder, clock.into()).await?;
    let is_real = |row: &OfferRow| {
        row.withdrawn_at.is_none()
            && row.offer.segments.contains(&quote.breakdown.segment)
            && tactic.is_real(&row.offer, row.taken, now)
    };
    let real = found.filter(is_real);
    Ok(real.map(|row| (row.offer.urgency, row.taken)))
}

/// The arm of an experiment that everybody sees, or this wallet; none for one that takes no part.
fn shown(experiment: &LiveExperiment, seen: &Seen) -> Option<ShownArm> {
    let arms = &experiment.design.allocation.arms;
    let arm = match &experiment.shipped {
        Some(shipped) => shipped,
        None => {
            let mut features = seen.features.iter();
            let of_wallet = features.find(|it| it.feature == experiment.key)?;
            &of_wallet.arm.as_ref()?.arm
        }
    };
    let value = &arms.iter().find(|it| it.key == *arm)?.value;
    Some(ShownArm {
        experiment: experiment.key.clone(),
        phase: experiment.phase,
        arm: arm.clone(),
        preset: experiment.design.preset?,
        value: value.clone(),
    })
}
