//! Referral campaigns.

use super::{
    parts::{With, any_text, at_least, choice, list, object, text, this, this_as, whole},
    stand_ins,
};
use crate::wire::{Key, Moment};
use serde_json::json;
use tessera_domain::{
    automation::referral::{
        MAX_DAYS, MAX_LIST, MAX_NAME, MAX_PERIODS, State,
        check::{CheckName, MAX_LEVELS},
    },
    pricing::MAX_MINT_DECIMALS,
};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder};

stand_ins! {
    /// [`tessera_domain::automation::referral::Campaign`].
    ReferralRules(ReferralReward, ReferralLimit, ReferralChecks, Key, Moment) {
        let referrers = object("Who may refer, as of the moment at which the referred registered.")
            .may("segment", text("The segment that they must be in.", 1..=MAX_NAME, "customers"))
            .may("minimum_tenure_days", whole("For how many days they must have been registered.", 0..=MAX_DAYS, 30));
        let paid = |kind: &str, about: &str, most: u32| object(about)
            .must("kind", choice("The kind.", [kind]))
            .must("count", whole("How many.", 1..=most, 1));
        let paid = OneOfBuilder::new()
            .description(Some("What must have been paid for."))
            .item(paid("periods", "So many periods, each by one payment.", MAX_PERIODS))
            .item(paid("days", "So many days that have passed, none counted twice; fewer than `within_days`.", MAX_DAYS));
        let qualification = object("When a referral qualifies: all must be met before the time is over.")
            .must("paid", paid)
            .must("minimum", units("What must have been paid net of refunds, in the token's smallest unit.", "0"))
            .must("within_days", whole("How many days there are from the registration on.", 1..=MAX_DAYS, 60));
        let rewards = object("The rewards of each; one side at least has one.")
            .may("referrer", this_as::<ReferralReward>("For the one who referred."))
            .may("referred", this_as::<ReferralReward>("For the one who was referred."));
        let tier = object("The rewards from so many qualified referrals of one referrer on.")
            .must("from", at_least("The first referral that it is for; that of the first tier is 1.", 1, 1))
            .must("rewards", rewards);
        let caps = object("What is never exceeded.")
            .may("per_referrer", this_as::<ReferralLimit>("What a referrer can earn."))
            .may("per_day", this_as::<ReferralLimit>("What both sides can earn by referrals that qualified on one UTC day."))
            .must("budget", this_as::<ReferralLimit>("What all can earn; stated in what a tier pays in."));
        let sign = object("A check that found at least so much.")
            .must("check", choice("The check, one of the campaign's.", checks()))
            .must("score", score("The least score."));
        let combination = object("Signs that hold a reward back together.")
            .must("all", list("All of them must be there.", sign, 1..=MAX_LIST));
        object("The rules of a campaign.")
            .must("name", text("What it is called.", 1..=MAX_NAME, "Spring"))
            .must("from", this_as::<Moment>("The first moment of registrations that it is about."))
            .must("until", this_as::<Moment>("The first moment of registrations that it is no longer about; later than `from`."))
            .must("mint", this_as::<Key>("The mint of its token. Payments in others do not count."))
            .must("decimals", whole("Decimals of the mint.", 0..=MAX_MINT_DECIMALS, 6))
            .must("referrers", referrers)
            .must("qualification", qualification)
            .must("tiers", list("Rewards by how many referrals of the referrer have qualified, the lowest first.", tier, 1..=MAX_LIST))
            .must("caps", caps)
            .may("checks", this::<ReferralChecks>())
            .may("holds", list("A reward is held back when all signs of any of these are there.", combination, 0..=MAX_LIST))
            .examples([json!({
                "name": "Spring",
                "from": "2026-03-01T00:00:00Z",
                "until": "2026-06-01T00:00:00Z",
                "mint": "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
                "decimals": 6,
                "referrers": { "minimum_tenure_days": 30 },
                "qualification": { "paid": { "kind": "periods", "count": 2 }, "minimum": "0", "within_days": 90 },
                "tiers": [{ "from": 1, "rewards": { "referrer": { "kind": "amount", "units": "5000000" } } }],
                "caps": { "budget": { "units": "1000000000" } },
                "checks": { "shared_device": { "pair": 60, "many": 3, "among_many": 40 } },
                "holds": [{ "all": [{ "check": "shared_device", "score": 60 }] }]
            })])
    }

    /// [`tessera_domain::automation::referral::Reward`].
    ReferralReward() {
        let kind = |name: &str, about: &str| object(about).must("kind", choice("The kind.", [name]));
        OneOfBuilder::new()
            .description(Some("What a side earns."))
            .item(kind("points", "So many points.").must("points", amount("How many.", "100")))
            .item(kind("amount", "A fixed amount of the campaign's token.")
                .must("units", amount("In its smallest unit.", "5000000")))
            .item(kind("percentage", "A part of the referred's first payments, net of refunds, rounded down once.")
                .must("bps", whole("In ten-thousandths.", 1..=10_000, 1_000))
                .must("payments", whole("Of how many payments.", 1..=MAX_PERIODS, 3))
                .must("most", amount("Most that it comes to, in the token's smallest unit.", "5000000")))
    }

    /// [`tessera_domain::automation::referral::Limit`].
    ReferralLimit() {
        object("Most of something; without a bound where there is none.")
            .may("referrals", at_least("Most referrals with a reward.", 1, 100).maximum(Some(u32::MAX)))
            .may("points", amount("Most points.", "10000"))
            .may("units", amount("Most units of the token.", "1000000000"))
    }

    /// [`tessera_domain::automation::referral::check::Checks`].
    ReferralChecks() {
        let shared = |about: &str| object(about)
            .must("pair", score("The score when the referrer has one in common with the referred."))
            .must("many", whole("How many who were referred are many.", 2..=1_000_000, 3))
            .must("among_many", score("The score when as many have one in common."))
            .may("except", list("Those that many strangers share.", any_text("A digest or a wallet.", "exchange"), 0..=1_000));
        let days = |about: &str| whole(about, 1..=1_000_000, 10);
        object("What is looked for. A check decides nothing: it says what it saw, with a score from 1 to 100.")
            .may("cycles", object("Persons who referred each other in a circle.")
                .must("score", score("The score of a referral within one.")))
            .may("shared_device", shared("Browsers that the people of several wallets have in common."))
            .may("shared_funding", shared("Wallets that paid for the accounts of others."))
            .may("wash", object("Subscriptions that bring those involved more than they cost.")
                .must("levels", whole("How many levels above the referred may be one ring with them.", 1..=MAX_LEVELS, 3))
                .must("units_per_point", units("What a point is worth, in the token's smallest unit.", "0")))
            .may("velocity", object("Registrations that come too fast.")
                .must("usual_per_day", days("Registrations a day that are nothing unusual for any referrer."))
                .must("past_days", whole("How many days of the referrer's past an hour is compared with.", 1..=366, 30))
                .must("once_in_hours", whole("An hour is too busy that is to be expected once in more hours than this.", 2..=1_000_000_000, 10_000)))
            .may("merged_persons", object("Wallets of one person that refer each other.")
                .must("same", score("The score when the referrer is the referred."))
                .must("known", score("The score when the referred's person had registered before.")))
    }

    /// [`tessera_domain::automation::referral::State`].
    ReferralState() {
        choice("Where a referral stands.", State::ALL.map(State::as_str)).examples([json!("held")])
    }

    /// [`tessera_domain::automation::referral::Rewards`] of grants.
    ReferralRewards() {
        let grant = |about: &str| object(about)
            .must("points", units("Points.", "0"))
            .must("units", units("Smallest units of the campaign's token.", "5000000"));
        object("What both sides get.")
            .must("referrer", grant("The one who referred."))
            .must("referred", grant("The one who was referred."))
    }
}

fn checks() -> Vec<serde_json::Value> {
    CheckName::ALL.iter().map(|it| json!(it)).collect()
}

fn score(about: &str) -> ObjectBuilder {
    whole(about, 1..=100, 60)
}

/// A whole number as text.
fn units(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some("^(0|[1-9][0-9]{0,18})$"))
}

/// The same, above 0.
fn amount(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some("^[1-9][0-9]{0,18}$"))
}
