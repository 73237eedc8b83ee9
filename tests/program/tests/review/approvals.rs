//! 3, 4 and 6: what was revoked stays dead, only the account that was signed pays, and the approval
//! is what may still be taken.

use super::*;
use crate::audited;

/// A subscriber to one plan whom another plan of the org interests, too.
struct Customer {
    world: World,
    wallet: Keypair,
    token: Address,
    first: Place,
    second: Place,
}

fn customer() -> Customer {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    let (first, second) = (world.place_of_plan(1), world.second_plan());
    Customer {
        world,
        wallet,
        token,
        first,
        second,
    }
}

impl Customer {
    /// Gives the token account to another member.
    fn sell(&mut self) -> Keypair {
        let buyer = key(33);
        let sell = spl_token_2022_interface::instruction::set_authority(
            &self.world.token_program,
            &self.token,
            Some(&buyer.pubkey()),
            spl_token_2022_interface::instruction::AuthorityType::AccountOwner,
            &self.wallet.pubkey(),
            &[],
        );
        self.world
            .send(&[sell.expect("valid")], &[&self.wallet])
            .expect("sell");
        let register = self.world.register(&buyer, None);
        self.world.send(&[register], &[&buyer]).expect("register");
        buyer
    }

    /// Subscribes to the second plan from the same account, and requires that the first is dead
    /// from then on while the second is charged.
    #[track_caller]
    fn assert_the_first_stays_dead(mut self) {
        let mut args = self.world.subscribe_args();
        args.terms.replace_delegate = 1;
        let (wallet, token) = (&self.wallet, self.token);
        self.world.within(self.second, |world| {
            let subscribe = world.subscribe(wallet, token, args);
            world.send(&[subscribe], &[wallet]).expect("subscribe");
        });
        assert_eq!(self.world.token(&token).delegated_amount, APPROVED);
        for _ in 0..3 {
            self.world.advance(STEP / 2);
            if self.world.now() >= START + STEP {
                let dead = charge(&mut self.world, self.first, wallet);
                dead.expect_err("revoked")
                    .assert_is(TesseraError::StaleGeneration);
            }
        }
        charge(&mut self.world, self.second, wallet).expect("the second is paid");
        let left = APPROVED - PRICE;
        assert_eq!(self.world.token(&token).delegated_amount, left);
        assert_eq!(self.world.authority_of(&token).outstanding, left);
    }
}

/// Finding 3.
#[test]
fn revoked_subscriptions_stay_dead_after_the_wallet_subscribes_elsewhere() {
    let mut customer = customer();
    customer.world.revoke(&customer.token, &customer.wallet);
    customer.assert_the_first_stays_dead();
}

/// Finding 3.
#[test]
fn they_stay_dead_after_the_token_account_was_closed_and_created_again() {
    let mut customer = customer();
    let Customer {
        world,
        wallet,
        token,
        ..
    } = &mut customer;
    let original = world.svm.get_account(token).expect("token account");
    world.close(token, wallet);
    let fresh = world.create_token_account(&wallet.pubkey(), FUNDS);
    let mut again = world.svm.get_account(&fresh).expect("token account");
    // The same address, as an associated token account has it.
    again.lamports = original.lamports;
    world.svm.set_account(*token, again).expect("set account");
    let empty = solana_account::Account::default();
    world.svm.set_account(fresh, empty).expect("set account");
    customer.assert_the_first_stays_dead();
}

/// Finding 3.
#[test]
fn they_stay_dead_after_the_wallet_lowered_the_approval() {
    let mut customer = customer();
    let delegate = customer.world.delegate(&customer.token);
    let (token, wallet) = (customer.token, customer.wallet.insecure_clone());
    let lowered = APPROVED - 1;
    customer.world.approve(&token, &wallet, &delegate, lowered);
    customer.assert_the_first_stays_dead();
}

/// Finding 3.
#[test]
fn they_stay_dead_after_another_delegate_was_replaced() {
    let mut customer = customer();
    let (token, wallet) = (customer.token, customer.wallet.insecure_clone());
    let foreign = key(60).pubkey();
    customer.world.approve(&token, &wallet, &foreign, u64::MAX);
    customer.assert_the_first_stays_dead();
}

/// Finding 3.
#[test]
fn they_stay_dead_when_the_token_account_changed_hands() {
    let mut customer = customer();
    let buyer = customer.sell();
    let (world, token) = (&mut customer.world, customer.token);
    world.within(customer.second, |world| world.subscribed(&buyer, token));
    world.advance(STEP);
    charge(world, customer.first, &customer.wallet)
        .expect_err("the seller's")
        .assert_is(TesseraError::WrongTokenOwner);
    // The seller's way out changes nothing for the buyer.
    cancel(world, &customer.wallet);
    assert_eq!(world.token(&token).delegated_amount, APPROVED);
    let authority = world.authority_of(&token);
    assert_eq!(authority.outstanding, APPROVED);
    assert_eq!(authority.live_subscriptions, 1);
    charge(world, customer.second, &buyer).expect("the buyer's");
}

#[test]
fn a_seller_leaves_though_the_buyer_approved_more() {
    let mut customer = customer();
    let buyer = customer.sell();
    let (world, token) = (&mut customer.world, customer.token);
    let delegate = world.delegate(&token);
    world.approve(&token, &buyer, &delegate, u64::MAX);
    cancel(world, &customer.wallet);
    assert_eq!(world.token(&token).delegated_amount, u64::MAX);
}

/// Who approved by hand what the authority was owed approved none of it to its program.
#[test]
fn a_buyer_approves_no_more_than_what_it_signs() {
    let mut customer = customer();
    let buyer = customer.sell();
    let (world, token) = (&mut customer.world, customer.token);
    let delegate = world.delegate(&token);
    world.approve(&token, &buyer, &delegate, u64::MAX);
    let mut args = world.subscribe_args();
    args.terms.approved_periods = 1;
    let subscribe = world.subscribe(&buyer, token, args);
    world.send(&[subscribe], &[&buyer]).expect("subscribe");
    assert_eq!(world.token(&token).delegated_amount, PRICE);
    let authority = world.authority_of(&token);
    assert_eq!(authority.live_subscriptions, 1);
    cancel(world, &buyer);
    assert!(world.token(&token).delegate.is_none());
    assert_eq!(audited::report(world).findings, []);
}

/// The token account as its owner opened it again for another mint.
#[test]
fn an_approval_adds_up_in_one_mint_only() {
    let mut customer = customer();
    let (world, token) = (&mut customer.world, customer.token);
    let before = world.authority_of(&token);
    let other = key(142);
    world.create_mint(&other);
    world.mint = other.pubkey();
    world.destination = world.create_token_account(&world.treasury.pubkey(), 0);
    let mut args = world.create_plan_args();
    args.id = 3;
    let create = world.create_plan(args);
    world.send(&[create], &[&key(2)]).expect("create_plan");
    world.edit_token(&token, |it| it.mint = other.pubkey());
    let third = world.place_of_plan(3);
    world.within(third, |world| world.subscribed(&customer.wallet, token));
    let authority = world.authority_of(&token);
    assert_eq!(authority.mint, other.pubkey());
    assert!(authority.generation > before.generation);
    assert_eq!(authority.outstanding, APPROVED);
    assert_eq!(world.token(&token).delegated_amount, APPROVED);
}

#[test]
fn a_revoked_subscription_can_be_signed_again_at_the_same_address() {
    let mut customer = customer();
    let (world, wallet, token) = (&mut customer.world, &customer.wallet, customer.token);
    let before = world.authority_of(&token).generation;
    world.revoke(&token, wallet);
    world.subscribed(wallet, token);
    assert!(world.authority_of(&token).generation > before);
    world.advance(2 * STEP);
    charge(world, customer.first, wallet).expect("signed again");
    assert_eq!(world.authority_of(&token).live_subscriptions, 1);
}

/// Finding 4.
#[test]
fn the_cranker_cannot_choose_the_token_account() {
    let mut customer = customer();
    let (world, wallet) = (&mut customer.world, &customer.wallet);
    let savings = world.create_token_account(&wallet.pubkey(), FUNDS);
    world.within(customer.second, |world| world.subscribed(wallet, savings));
    world.advance(STEP);
    let charge = world.charge(wallet, None);
    let (token, ours) = (customer.token, world.delegate(&customer.token));
    let theirs = world.delegate(&savings);
    let wrong_account = replace(&charge, &token, &savings);
    for attack in [replace(&wrong_account, &ours, &theirs), wrong_account] {
        world
            .send(&[attack], &[])
            .expect_err("the account that another plan was signed from")
            .assert_is(TesseraError::WrongPayerToken);
    }
    world
        .send(&[replace(&charge, &ours, &theirs)], &[])
        .expect_err("the other account's delegate")
        .assert_is(TesseraError::NotApproved);
    assert_eq!(world.balance(&savings), FUNDS - PRICE);
}

/// Finding 6.
#[test]
fn approvals_are_what_is_outstanding_after_every_step() {
    let mut customer = customer();
    let (world, wallet, token) = (&mut customer.world, &customer.wallet, customer.token);
    let check = |world: &World, expected: u64| {
        assert_eq!(world.token(&token).delegated_amount, expected);
        assert_eq!(world.authority_of(&token).outstanding, expected);
    };
    check(world, APPROVED);
    for _ in 0..6 {
        world.within(customer.second, |world| world.subscribed(wallet, token));
        check(world, 2 * APPROVED);
        world.within(customer.second, |world| cancel(world, wallet));
        check(world, APPROVED);
    }
    world.advance(STEP);
    charge(world, customer.first, wallet).expect("charge");
    check(world, APPROVED - PRICE);
    world.within(customer.second, |world| world.subscribed(wallet, token));
    check(world, 2 * APPROVED - PRICE);
    cancel(world, wallet);
    check(world, APPROVED);
    world.within(customer.second, |world| cancel(world, wallet));
    check(world, 0);
    assert!(world.token(&token).delegate.is_none(), "revoked at zero");
}

/// Finding 6.
#[test]
fn the_last_approved_period_leaves_no_approval_behind() {
    let mut customer = customer();
    let (world, wallet, token) = (&mut customer.world, &customer.wallet, customer.token);
    for _ in 0..PERIODS {
        world.advance(STEP);
        charge(world, customer.first, wallet).expect("charge");
    }
    assert_eq!(world.authority_of(&token).outstanding, 0);
    assert!(world.token(&token).delegate.is_none());
}

/// Finding 6.
#[test]
fn an_approval_near_the_end_of_numbers_stops_no_other_subscription() {
    let mut customer = customer();
    let (world, wallet, token) = (&mut customer.world, &customer.wallet, customer.token);
    let delegate = world.delegate(&token);
    for approved in [u64::MAX, u64::MAX - 1] {
        world.approve(&token, wallet, &delegate, approved);
        world.within(customer.second, |world| world.subscribed(wallet, token));
        assert_eq!(world.token(&token).delegated_amount, 2 * APPROVED);
        world.within(customer.second, |world| cancel(world, wallet));
        assert_eq!(world.token(&token).delegated_amount, APPROVED);
    }
}

/// Finding 6.
#[test]
fn the_largest_approval_that_fits_is_kept_beside_another_and_lowered() {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    let (plan, most) = (world.plan, u32::MAX - 1);
    let price = (u64::MAX - APPROVED) / u64::from(most);
    world.rewrite(&plan, |plan: &mut Plan| {
        (plan.price, plan.price_floor) = (price, price);
        plan.keeper_fee_cap = 0;
    });
    let mut args = world.subscribe_args();
    args.terms.approved_periods = most;
    let subscribe = world.subscribe(&wallet, token, args);
    world.send(&[subscribe], &[&wallet]).expect("subscribe");
    let approved = world.token(&token).delegated_amount;
    assert_eq!(approved, price * u64::from(most));

    // Room for one more, and not for two.
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    let both = world.token(&token).delegated_amount;
    assert_eq!(both, approved + APPROVED);
    let mut args = world.create_plan_args();
    args.id = 3;
    let create = world.create_plan(args);
    world.send(&[create], &[&key(2)]).expect("third plan");
    let third = world.place_of_plan(3);
    let refused = world.within(third, |world| {
        let mut args = world.subscribe_args();
        args.terms.approved_periods = u32::MAX - 1;
        let subscribe = world.subscribe(&wallet, token, args);
        world.send(&[subscribe], &[&wallet])
    });
    refused
        .expect_err("too much")
        .assert_is(TesseraError::ArithmeticOverflow);
    cancel(&mut world, &wallet);
    assert_eq!(world.token(&token).delegated_amount, APPROVED);
}
