//! Points that are given and spent outside payments.

use crate::{
    decode::Event,
    model::{State, rules::budget},
};

pub(super) fn evolve(state: &mut State, event: &Event) {
    let account = event.receipt().account;
    let now = event.receipt().at;
    let Some(member) = state.members.get_mut(&account) else {
        return;
    };
    member.balance.expire(now);
    match event {
        Event::PointsAwarded(event) => {
            if let Some(issuer) = state.issuers.get_mut(&event.issuer) {
                issuer.references.accept(event.reference);
                budget::spend(&mut issuer.account, event.points, now);
            }
            if let Some(org) = state.orgs.get(&member.account.org) {
                member.balance.credit(&org.settings, event.points, now);
            }
        }
        Event::PointsRedeemed(event) => {
            member.references.accept(event.reference);
            member.balance.spend(event.points);
        }
        _ => {}
    }
}
