//! Time that nobody paid for.

use super::*;
use tessera_client::types::accounts::Subscription;
use world::{FUNDS, PRICE, Place, metered, prorated};

/// `subscribe` with the trial that the plan offers.
fn begin(world: &World, wallet: &Keypair, token: Address) -> Instruction {
    world.subscribe(wallet, token, world.subscribe_args())
}

/// Requires that the wallet gets no trial by any plan of the org, and from no token account.
#[track_caller]
fn assert_no_trial(world: &mut World, wallet: &Keypair, token: Address) {
    let other = world.create_token_account(&wallet.pubkey(), FUNDS);
    let args = with_trial(world.create_plan_args(), TRIAL);
    let another = world.add_plan(args);
    for place in [world.place_of_plan(2), another] {
        for token in [token, other] {
            if world
                .svm
                .get_account(&token)
                .is_none_or(|it| it.data.is_empty())
            {
                continue;
            }
            let again = world.within(place, |world| begin(world, wallet, token));
            let failed = fails(world, wallet, &[again]);
            let code = failed.instruction_error();
            let expected = [TesseraError::TrialUsed, TesseraError::AlreadySubscribed];
            let expected = expected.map(|it| InstructionError::Custom(it as u32));
            assert!(expected.contains(code), "{code:?}");
        }
    }
}

#[test]
fn who_closes_the_subscription_gets_no_second_trial() {
    let (mut world, wallet, token) = subscriber(trying());
    let cancel = world.cancel(&wallet);
    done(&mut world, &wallet, cancel);
    assert_no_trial(&mut world, &wallet, token);
    world.advance(i64::from(TRIAL));
    for address in [world.subscription_address(&wallet), world.delegate(&token)] {
        let close = world.close_account(&wallet, &address);
        done(&mut world, &wallet, close);
    }
    assert_no_trial(&mut world, &wallet, token);
    world.advance(10 * STEP);
    world.close(&token, &wallet);
    assert_no_trial(&mut world, &wallet, token);
    // The mark stands in the member's account, which never closes.
    let member = world.member_address(&wallet);
    let close = world.close_account(&wallet, &member);
    refused(&mut world, &wallet, close, TesseraError::StillInUse);
}

#[test]
fn who_revokes_the_approval_gets_no_second_trial() {
    let (mut world, wallet, token) = subscriber(trying());
    for _ in 0..3 {
        world.revoke(&token, &wallet);
        assert_no_trial(&mut world, &wallet, token);
        world.advance(DAY);
    }
    // Past due and lapsed for want of an approval.
    world.advance(i64::from(TRIAL));
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_no_trial(&mut world, &wallet, token);
    world.advance(STEP);
    let mark = world.mark_past_due(&wallet);
    done(&mut world, &wallet, mark);
    assert_no_trial(&mut world, &wallet, token);
    assert_eq!(world.balance(&token), FUNDS);
}

/// A change into a plan with a trial begins none, and a change within a trial lengthens none.
#[test]
fn a_change_of_plan_gives_no_second_trial() {
    let (mut world, wallet, _) = subscriber(trying());
    let args = with_trial(world.create_plan_args(), 2 * TRIAL);
    let longer = world.add_plan(args);
    let ends = world.subscription(&wallet).paid_through;
    for _ in 0..3 {
        world.advance(DAY);
        let home = world.place_of_plan(2);
        for place in [longer, home] {
            let terms = world.change_terms(place);
            let change = world.change_plan(&wallet, place, terms, false);
            done(&mut world, &wallet, change);
            assert_eq!(world.subscription(&wallet).paid_through, ends);
        }
    }
}

/// Time that was paid for, on the day that it is used: `seconds * price / period`, summed.
#[derive(Default)]
struct Used {
    /// In a unit of the mint times a second of a period.
    sum: u128,
    at: i64,
}

impl Used {
    /// Counts service since it was last looked at.
    fn count(&mut self, world: &World, wallet: &Keypair) {
        let it: Subscription = world.subscription(wallet);
        let to = world.now().min(it.paid_through);
        if to > self.at {
            let secs = u128::try_from(to - self.at).expect("not negative");
            self.sum += secs * u128::from(it.terms.price);
        }
        self.at = world.now();
    }
}

/// What somebody tries in the hope of time for nothing.
#[derive(Clone, Copy)]
enum Trick {
    CancelAndResume,
    PauseAndEnd,
    CancelAndSignAgain,
    ChangeTo(usize),
    ChangeLater(usize),
    Wait(i64),
    Charge,
}

/// Returns how many instructions went through.
fn play(
    world: &mut World,
    wallet: &Keypair,
    token: Address,
    places: &[Place],
    trick: Trick,
) -> usize {
    let mut accepted = 0;
    let mut send = |world: &mut World, it: Instruction| {
        let sent = world.send(&[it], &[wallet]).is_ok();
        accepted += usize::from(sent);
        sent
    };
    match trick {
        Trick::CancelAndResume => {
            let cancel = world.cancel(wallet);
            if send(world, cancel) {
                let resume = world.resume(wallet);
                send(world, resume);
            }
        }
        Trick::PauseAndEnd => {
            for until in [world.now() + STEP, world.now()] {
                let pause = world.pause(wallet, until);
                send(world, pause);
            }
        }
        Trick::CancelAndSignAgain => {
            let cancel = world.cancel(wallet);
            send(world, cancel);
            let subscribe = begin(world, wallet, token);
            send(world, subscribe);
        }
        Trick::ChangeTo(place) | Trick::ChangeLater(place) => {
            let terms = world.change_terms(places[place]);
            let later = matches!(trick, Trick::ChangeLater(_));
            let change = world.change_plan(wallet, places[place], terms, later);
            send(world, change);
        }
        Trick::Wait(secs) => world.advance(secs),
        Trick::Charge => {
            let charge = world.charge(wallet, None);
            send(world, charge);
        }
    }
    accepted
}

/// Plays `tricks` again and again, and requires that all service that there was has been paid for.
#[track_caller]
fn assert_pays_for_its_time(name: &str, tricks: &[Trick]) {
    let mut world = world_of(prorated);
    let price = |price: u64, args: CreatePlanArgs| CreatePlanArgs {
        price,
        price_floor: price / 2,
        price_ceiling: price * 2,
        ..args
    };
    let (wallet, token) = world.subscriber();
    let args = prorated(world.create_plan_args());
    let places = [
        world.place_of_plan(2),
        world.add_plan(price(3 * PRICE + 1, args)),
        world.add_plan(price(PRICE / 3, args)),
    ];
    let mut used = Used {
        sum: 0,
        at: world.now(),
    };
    let (mut steps, mut accepted) = (0u64, 0);
    for _ in 0..12 {
        for trick in tricks {
            used.count(&world, &wallet);
            accepted += play(&mut world, &wallet, token, &places, *trick);
            used.count(&world, &wallet);
            steps += 1;
        }
    }
    let paid = u128::from(FUNDS - world.balance(&token));
    let period = u128::from(PERIOD);
    // Each change rounds a credit, never up.
    let worth = used.sum / period;
    assert!(
        paid + u128::from(steps) >= worth,
        "{name}: {paid} < {worth}"
    );
    assert!(
        worth > 0 && accepted > 12,
        "{name}: {accepted} went through"
    );
}

#[test]
fn cancelling_and_resuming_in_a_loop_gains_no_time() {
    use Trick::*;
    assert_pays_for_its_time("without waiting", &[CancelAndResume, Wait(DAY)]);
    assert_pays_for_its_time(
        "with pauses",
        &[PauseAndEnd, CancelAndResume, Wait(STEP / 3), Charge],
    );
    assert_pays_for_its_time(
        "signing",
        &[CancelAndSignAgain, Wait(DAY), CancelAndResume, Charge],
    );
    // The paid time stays what it was, to the second.
    let (mut world, wallet, _) = subscriber(World::new());
    let before = world.subscription(&wallet);
    for _ in 0..20 {
        world.advance(1);
        let cancel = world.cancel(&wallet);
        done(&mut world, &wallet, cancel);
        let resume = world.resume(&wallet);
        done(&mut world, &wallet, resume);
        let after = world.subscription(&wallet);
        assert_eq!(
            (after.paid_through, after.next_due, after.periods_paid),
            (before.paid_through, before.next_due, before.periods_paid)
        );
    }
}

#[test]
fn changing_up_and_down_in_a_loop_gains_no_time() {
    use Trick::*;
    assert_pays_for_its_time(
        "up and down",
        &[ChangeTo(1), Wait(DAY), ChangeTo(0), Wait(DAY)],
    );
    assert_pays_for_its_time(
        "round",
        &[
            ChangeTo(1),
            ChangeTo(2),
            Wait(7),
            ChangeTo(0),
            Wait(STEP / 2),
        ],
    );
    assert_pays_for_its_time(
        "without waiting",
        &[ChangeTo(2), ChangeTo(1), ChangeTo(2), ChangeTo(0), Wait(1)],
    );
    assert_pays_for_its_time(
        "to follow",
        &[
            ChangeLater(2),
            CancelAndResume,
            Wait(STEP),
            Charge,
            ChangeTo(1),
            Wait(DAY),
        ],
    );
    assert_pays_for_its_time(
        "all of it",
        &[
            PauseAndEnd,
            ChangeTo(1),
            CancelAndResume,
            ChangeLater(0),
            Wait(STEP - 1),
            CancelAndSignAgain,
            Wait(1),
            Charge,
            ChangeTo(2),
            Wait(3 * DAY),
        ],
    );
}

/// Nobody changes from a price to usage that the org may never come to state.
#[test]
fn a_metered_plan_is_no_way_out_of_a_price() {
    let (mut world, wallet, _) = subscriber(world_of(prorated));
    let args = metered(world.create_plan_args());
    let usage = world.add_plan(args);
    for later in [false, true] {
        let terms = world.change_terms(usage);
        let change = world.change_plan(&wallet, usage, terms, later);
        refused(&mut world, &wallet, change, TesseraError::Metered);
    }
    assert_ne!(world.subscription(&wallet).plan, usage.plan);
}

/// Time is worth what was paid for it: a cheap year does not become a dear one by a signature.
#[test]
fn what_a_cheap_plan_was_paid_for_is_no_time_of_a_dear_one() {
    const CHEAP: u64 = 1_000_000;
    const YEAR: u32 = 31_536_000;
    for revokes in [false, true] {
        let (mut world, wallet, token) = subscriber(World::new());
        let cheap = world.add_plan(CreatePlanArgs {
            price: CHEAP,
            price_floor: CHEAP,
            price_ceiling: CHEAP,
            period_secs: YEAR,
            ..world.create_plan_args()
        });
        let terms = world.change_terms(cheap);
        let follow = world.change_plan(&wallet, cheap, terms, true);
        done(&mut world, &wallet, follow);
        world.advance(STEP);
        assert_eq!(charged(&mut world, &wallet), CHEAP);
        let ends = world.now() + i64::from(YEAR);
        assert_eq!(world.subscription(&wallet).paid_through, ends);
        if revokes {
            world.revoke(&token, &wallet);
        } else {
            let cancel = world.cancel(&wallet);
            done(&mut world, &wallet, cancel);
        }
        for secs in [0, i64::from(YEAR) - 1] {
            world.advance(secs);
            let dear = begin(&world, &wallet, token);
            let taken = TesseraError::AlreadySubscribed;
            refused(&mut world, &wallet, dear, taken);
        }
        world.advance(1);
        let dear = begin(&world, &wallet, token);
        done(&mut world, &wallet, dear);
        let it = world.subscription(&wallet);
        assert_eq!((it.plan, it.period_start), (world.plan, ends));
        assert_eq!(it.paid_through, ends + STEP);
        assert_eq!(world.balance(&token), FUNDS - 2 * PRICE - CHEAP);
    }
}
