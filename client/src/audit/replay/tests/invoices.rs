use super::{BOB, Scene, TOKEN, ledger, paid, plan, share};
use crate::{address, audit::Check, decode::Event};
use bytemuck::Zeroable;
use tessera_types::events::{InvoicePaid, Refunded, Settlement};

fn invoice() -> tessera_types::Address {
    address::invoice(&plan(1), &BOB, 7)
}

fn bill(scene: &Scene) -> InvoicePaid {
    InvoicePaid {
        receipt: scene.next(invoice(), 2_000),
        plan: plan(1),
        wallet: BOB,
        payer_token: TOKEN,
        id: 7,
        deadline: 2_000,
        hold_secs: 100,
        commission_bps: [1_000, 0, 0],
        spare: [0; 6],
        settlement: Settlement {
            paid_through: 2_000,
            ..paid(500, 70, 0, 2_000)
        },
    }
}

fn found(edit: impl FnOnce(&mut InvoicePaid)) -> Vec<Check> {
    let mut scene = Scene::new();
    let mut event = bill(&scene);
    edit(&mut event);
    scene.found(Event::InvoicePaid(event, share(50)))
}

#[test]
fn an_invoice_is_paid_in_time_with_the_commission_of_the_day() {
    assert_eq!(found(|it| it.deadline = 1_999), [Check::Charges]);
    assert_eq!(found(|it| it.hold_secs = 99), [Check::Charges]);
    assert_eq!(found(|it| it.id = 8), [Check::Addresses]);
    assert_eq!(found(|it| it.settlement.merchant = 449), [Check::Charges]);
    assert_eq!(found(|it| it.receipt.seq = 2), [Check::Receipts]);
    assert_eq!(found(|_| {}), []);
}

#[test]
fn an_invoice_is_refunded_up_to_what_it_took() {
    let mut scene = Scene::new();
    let event = bill(&scene);
    scene.apply(Event::InvoicePaid(event, share(50)));
    for (points, amount, expected) in [(70, 500, vec![]), (0, 1, vec![Check::Charges])] {
        let event = Refunded {
            receipt: scene.next(invoice(), 2_050),
            amount,
            from_vault: amount / 10,
            points,
            levels: 1,
            ..Refunded::zeroed()
        };
        let found = scene.found(Event::Refunded(event, share(amount / 10)));
        assert_eq!(found, expected);
    }
    assert_eq!(scene.replay.ledgers[&ledger()].held, 0);
}
