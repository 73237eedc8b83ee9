//! A change of plan that takes effect when it is signed, and all that it must come to.

use super::support::{change, paid};
use solana_address::Address;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{
        NO_ADDRESS,
        accounts::SubscriptionState,
        events::{PlanChanged, Settlement},
    },
};
use world::{Place, World};

/// `floor(amount * part / whole)`.
pub(crate) fn part(amount: u64, part: i64, whole: i64) -> u64 {
    let wide = |time: i64| u128::try_from(time).expect("not negative");
    let exact = u128::from(amount) * wide(part) / wide(whole);
    u64::try_from(exact).expect("at most the amount")
}

/// Changes now and requires that account, token account and receipt agree; the plan's periods are
/// those of the plan before.
#[track_caller]
pub(crate) fn changed(
    world: &mut World,
    wallet: &Keypair,
    token: Address,
    place: Place,
) -> (PlanChanged, Settlement) {
    let before = world.subscription(wallet);
    let instruction = change(world, wallet, place, false);
    let (event, money) = paid(world, wallet, token, instruction);
    let Event::PlanChanged(event, _) = event else {
        panic!("another event");
    };
    let now = world.now();
    assert_eq!((event.plan, event.at_period_end), (place.plan, 0));
    let price = event.terms.price_in(money.tier);
    assert_eq!(money.debit + event.credit, price);
    assert_eq!((money.keeper_fee, money.period_start), (0, now));
    let it = world.subscription(wallet);
    assert_eq!(it.plan, place.plan);
    assert_eq!(
        (it.first_plan, it.payer_token, it.ledgers),
        (before.first_plan, before.payer_token, before.ledgers)
    );
    assert_eq!(it.terms, event.terms);
    assert_eq!(it.agreement_seq, event.receipt.seq);
    assert_eq!(it.authority_generation, event.authority_generation);
    assert_eq!((it.periods_paid, it.subscribed_at), (1, now));
    assert_eq!(it.state, SubscriptionState::Active as u8);
    assert_eq!(
        (it.period_start, it.paid_through, it.next_due),
        (now, money.paid_through, money.paid_through)
    );
    assert_eq!(
        (it.period_debit, it.period_credit, it.period_refunded),
        (money.debit, event.credit, 0)
    );
    assert_eq!(
        (it.period_points, it.period_flags, it.paused_until),
        (money.points, money.flags, 0)
    );
    assert_eq!(it.pending_plan, NO_ADDRESS);
    let authority = world.authority_of(&token);
    assert_eq!(event.outstanding, authority.outstanding);
    assert_eq!(world.token(&token).delegated_amount, event.outstanding);
    (event, money)
}
