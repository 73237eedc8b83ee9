//! What several of these tests start from and look at.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use tessera_client::{
    Event,
    types::{
        TesseraError,
        accounts::{OrgSettings, Subscription, SubscriptionState},
        args::CreatePlanArgs,
        events::Settlement,
    },
};
use world::{GRACE, PERIOD, PERIODS, PRICE, Place, World, key, prorated};

pub(crate) const STEP: i64 = PERIOD as i64;
pub(crate) const DAY: i64 = 86_400;
/// How late a charge keeps the billing day.
pub(crate) const LATEST: i64 = GRACE as i64;
/// What is approved with the first payment.
pub(crate) const APPROVED: u64 = PRICE * PERIODS as u64;

/// A world whose builders build for another plan of its org.
pub(crate) fn world_of(change: impl FnOnce(CreatePlanArgs) -> CreatePlanArgs) -> World {
    let mut world = World::new();
    let args = change(world.create_plan_args());
    world.plan = world.add_plan(args).plan;
    world
}

/// The same at another price, which a quote may halve or double.
pub(crate) fn priced(args: CreatePlanArgs, price: u64) -> CreatePlanArgs {
    CreatePlanArgs {
        price,
        price_floor: price / 2,
        price_ceiling: price * 2,
        ..args
    }
}

/// A subscriber without a referrer whose second period is due.
pub(crate) fn due() -> (World, Keypair, Address) {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(STEP);
    (world, wallet, token)
}

/// A subscriber to a plan that is closed.
pub(crate) fn orphan() -> (World, Keypair, Address) {
    let mut world = world_of(|args| args);
    let (wallet, token) = world.subscriber();
    world.advance(1);
    close_plan(&mut world);
    (world, wallet, token)
}

/// Closes the world's plan, which did not create the vault.
pub(crate) fn close_plan(world: &mut World) {
    let sunset = world.sunset_plan(world.now());
    let plan = world.plan;
    let close = world.close_account(&key(2), &plan);
    world
        .send(&[sunset, close], &[&key(2)])
        .expect("close plan");
}

/// A subscriber whose token account's authority is closed: revoked, signed under another plan and
/// cancelled there.
pub(crate) fn without_authority() -> (World, Keypair, Address) {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.revoke(&token, &wallet);
    world.advance(1);
    let second = world.second_plan();
    world.within(second, |world| {
        world.subscribed(&wallet, token);
        let cancel = world.cancel(&wallet);
        world.send(&[cancel], &[&wallet]).expect("cancel");
    });
    world.advance(1);
    let delegate = world.delegate(&token);
    let close = world.close_account(&wallet, &delegate);
    world.send(&[close], &[&wallet]).expect("close");
    (world, wallet, token)
}

/// Changes the settings of the world's org.
pub(crate) fn update_org(world: &mut World, change: impl FnOnce(&mut OrgSettings)) {
    let mut settings = world.org_account().settings;
    change(&mut settings);
    let update = world.update_org(settings);
    world.send(&[update], &[&key(2)]).expect("update_org");
}

fn sent(
    world: &mut World,
    wallet: &Keypair,
    instructions: &[Instruction],
) -> Result<world::Sent, world::Refused> {
    world.send(instructions, &[wallet, &key(2), &key(4), &key(6), &key(10)])
}

/// Requires that `instruction` is refused with every signature that it asks for.
#[track_caller]
pub(crate) fn refused(
    world: &mut World,
    wallet: &Keypair,
    instruction: Instruction,
    expected: TesseraError,
) {
    sent(world, wallet, &[instruction])
        .expect_err("refused")
        .assert_is(expected);
}

/// Sends what is about the wallet's subscription and returns the one receipt, which its chain
/// continues.
#[track_caller]
pub(crate) fn done(world: &mut World, wallet: &Keypair, instruction: Instruction) -> Event {
    done_with(world, wallet, &[instruction])
}

/// The same in a transaction with other instructions.
#[track_caller]
pub(crate) fn done_with(
    world: &mut World,
    wallet: &Keypair,
    instructions: &[Instruction],
) -> Event {
    let event = sent(world, wallet, instructions).expect("accepted").event();
    let address = world.subscription_address(wallet);
    let header = world.subscription(wallet).header;
    let receipt = event.receipt();
    assert_eq!((receipt.account, receipt.at), (address, world.now()));
    assert_eq!(
        (receipt.life, receipt.seq),
        (header.life, header.receipt_seq)
    );
    world.assert_receipts::<Subscription>(&address);
    event
}

/// Sends a payment from `token` and requires that what its receipt says moved, and nothing else.
#[track_caller]
pub(crate) fn paid(
    world: &mut World,
    wallet: &Keypair,
    token: Address,
    instruction: Instruction,
) -> (Event, Settlement) {
    paid_with(world, wallet, token, &[instruction])
}

/// The same in a transaction with other instructions.
#[track_caller]
pub(crate) fn paid_with(
    world: &mut World,
    wallet: &Keypair,
    token: Address,
    instructions: &[Instruction],
) -> (Event, Settlement) {
    let accounts = [token, world.destination, world.vault()];
    let before = accounts.map(|account| world.balance(&account));
    let points = world.member(wallet).points;
    let event = done_with(world, wallet, instructions);
    let after = accounts.map(|account| world.balance(&account));
    let (money, shares) = event.settlement().expect("a payment");
    let money = *money;
    let shares = shares.iter().map(|share| share.amount).sum::<u64>();
    assert_eq!(before[0] - after[0], money.debit);
    assert_eq!(after[1] - before[1], money.merchant);
    assert_eq!(after[2] - before[2], shares - money.debt_repaid);
    let parts = money.merchant + money.keeper_fee + shares - money.debt_repaid;
    assert_eq!(money.debit, parts);
    assert_eq!(world.member(wallet).points - points, money.points);
    (event, money)
}

/// Charges what is due, without a keeper.
#[track_caller]
pub(crate) fn charged(world: &mut World, wallet: &Keypair) -> Settlement {
    let token = world.subscription(wallet).payer_token;
    let charge = world.charge(wallet, None);
    let (event, money) = paid(world, wallet, token, charge);
    assert!(matches!(event, Event::Charged(..)));
    let it = world.subscription(wallet);
    assert_eq!(it.state, SubscriptionState::Active as u8);
    assert_eq!(
        (it.period_start, it.paid_through, it.next_due),
        (money.period_start, money.paid_through, money.paid_through)
    );
    assert_eq!(
        (it.period_debit, it.period_points, it.period_flags),
        (money.debit, money.points, money.flags)
    );
    assert_eq!((it.period_credit, it.period_refunded), (0, 0));
    money
}

/// Requires that `token` approves its authority for exactly what `live` subscriptions may still
/// collect.
#[track_caller]
pub(crate) fn assert_approves(world: &World, token: &Address, outstanding: u64, live: u32) {
    let authority = world.authority_of(token);
    assert_eq!(
        (authority.outstanding, authority.live_subscriptions),
        (outstanding, live)
    );
    assert_eq!(world.token(token).delegated_amount, outstanding);
}

/// The world's plan.
pub(crate) fn home(world: &World) -> Place {
    Place {
        org: world.org,
        plan: world.plan,
    }
}

/// Requires the state of the wallet's subscription.
#[track_caller]
pub(crate) fn assert_state(world: &World, wallet: &Keypair, expected: SubscriptionState) {
    assert_eq!(world.subscription(wallet).state, expected as u8);
}

/// `change_plan` to that of `place` on its own terms.
#[track_caller]
pub(crate) fn change(
    world: &mut World,
    wallet: &Keypair,
    place: Place,
    at_period_end: bool,
) -> Instruction {
    let terms = world.change_terms(place);
    world.change_plan(wallet, place, terms, at_period_end)
}

/// A subscriber to a plan that credits unused time, and another such plan at this price.
pub(crate) fn between(price: u64) -> (World, Keypair, Address, Place) {
    let mut world = world_of(prorated);
    let (wallet, token) = world.subscriber();
    let args = prorated(priced(world.create_plan_args(), price));
    let other = world.add_plan(args);
    (world, wallet, token, other)
}
