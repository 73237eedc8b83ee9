//! Which payment a refund gave back.
//!
//! Law: a refund is of the period that was paid last, so it belongs to the last payment before it of the same
//! subscription or invoice.

/// Where a receipt stands: the number of its subscription or invoice, and which of its receipts.
pub type Place = (i32, i64);

/// The refunds of a payment, out of all, which are in the order of their places; `next` is the payment that
/// comes after it.
pub fn refunds_of<R>(
    refunds: &[R],
    place_of: impl Fn(&R) -> Place,
    payment: Place,
    next: Option<Place>,
) -> &[R] {
    let end = match next {
        Some(next) if next.0 == payment.0 => refunds.partition_point(|it| place_of(it) < next),
        _ => refunds.partition_point(|it| place_of(it).0 <= payment.0),
    };
    let start = refunds.partition_point(|it| place_of(it) <= payment);
    refunds.get(start..end).unwrap_or_default()
}
