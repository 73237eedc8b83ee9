//! Which payment a refund gave back.

use proptest::{collection::btree_map, prelude::*};
use tessera_domain::automation::referral::{Place, refunds_of};

/// The definition, by a look at every refund.
fn is_of(refund: Place, payment: Place, next: Option<Place>) -> bool {
    let next = next.filter(|next| next.0 == payment.0);
    refund.0 == payment.0 && payment.1 < refund.1 && next.is_none_or(|next| refund.1 < next.1)
}

proptest! {
    #[test]
    fn a_refund_is_of_the_last_payment_of_its_life_before_it(
        receipts in btree_map((0..4_i32, 0..30_i64), any::<bool>(), 0..60),
    ) {
        let of = |is_refund: bool| -> Vec<Place> {
            let wanted = receipts.iter().filter(|(_, it)| **it == is_refund);
            wanted.map(|(place, _)| *place).collect()
        };
        let (payments, refunds) = (of(false), of(true));
        for (at, payment) in payments.iter().enumerate() {
            let next = payments.get(at + 1).copied();
            let all = refunds.iter().copied();
            let expected: Vec<Place> = all.filter(|it| is_of(*it, *payment, next)).collect();
            prop_assert_eq!(refunds_of(&refunds, |it| *it, *payment, next), &expected[..]);
        }
    }
}
