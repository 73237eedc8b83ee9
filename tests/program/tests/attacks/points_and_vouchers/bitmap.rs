//! The last bit of the last page: numbers neither wrap nor reach over an edge.

use crate::rewards::given::{GIFTS, Given};
use tessera_client::{
    address,
    types::{
        TesseraError,
        accounts::{NullifierPage, PAGE_VOUCHERS, PAGE_WORDS},
    },
};
use world::replace;

/// Number of the last page that a voucher can stand on.
const LAST_PAGE: u32 = u32::MAX / PAGE_VOUCHERS;
/// The gift with the highest number.
const HIGHEST: usize = 6;

fn page(given: &Given, number: u32) -> solana_address::Address {
    address::page(&given.world.campaign_address(1), number)
}

#[test]
fn the_highest_number_is_the_last_bit_of_the_last_page() {
    let mut given = Given::new(|_| {});
    assert_eq!(GIFTS[HIGHEST].1, u32::MAX);
    let last = page(&given, LAST_PAGE);
    let before = [0, 1].map(|number| {
        let address = page(&given, number);
        given.world.account::<NullifierPage>(&address)
    });
    given.claimed(HIGHEST);
    let mut expected = [0; PAGE_WORDS];
    expected[PAGE_WORDS - 1] = 1 << 63;
    let marked: NullifierPage = given.world.account(&last);
    assert_eq!(marked.claimed, expected);
    for (number, before) in (0..).zip(before) {
        let address = page(&given, number);
        assert_eq!(given.world.account::<NullifierPage>(&address), before);
    }
    let again = given.claim(HIGHEST);
    given.refused(again, HIGHEST, TesseraError::VoucherClaimed);
}

/// Who opens pages that no number stands on pays for accounts of no use.
#[test]
fn a_page_behind_the_last_takes_no_voucher() {
    let mut given = Given::new(|_| {});
    let right = page(&given, LAST_PAGE);
    for number in [LAST_PAGE + 1, LAST_PAGE + 2, u32::MAX] {
        let open = given.world.open_page(1, number);
        given.world.send(&[open], &[]).expect("open_page");
        let attack = replace(&given.claim(HIGHEST), &right, &page(&given, number));
        given.refused(attack, HIGHEST, TesseraError::WrongPage);
    }
    // Nor one whose number is the same but for the bits that do not fit.
    let first = page(&given, 0);
    let attack = replace(&given.claim(HIGHEST), &right, &first);
    given.refused(attack, HIGHEST, TesseraError::WrongPage);
    given.claimed(HIGHEST);
}

/// A page that is full but for one bit: that one is still good, once, and no other is freed.
#[test]
fn the_last_free_bit_of_a_full_page_is_good_once() {
    let mut given = Given::new(|_| {});
    let last = page(&given, LAST_PAGE);
    given.world.rewrite(&last, |page: &mut NullifierPage| {
        page.claimed = [u64::MAX; PAGE_WORDS];
        page.claimed[PAGE_WORDS - 1] = u64::MAX >> 1;
    });
    given.claimed(HIGHEST);
    let again = given.claim(HIGHEST);
    given.refused(again, HIGHEST, TesseraError::VoucherClaimed);
    let full: NullifierPage = given.world.account(&last);
    assert_eq!(full.claimed, [u64::MAX; PAGE_WORDS]);
}
