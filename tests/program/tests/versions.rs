//! Later layouts append fields: readers take what they know of them.

use tessera_client::{
    decode,
    types::accounts::{DISCRIMINATOR_LEN, Org},
};
use world::World;

/// Where the version stands.
const VERSION: usize = DISCRIMINATOR_LEN;

/// For readers as for the program.
#[test]
fn hosts_read_accounts_of_later_versions_and_refuse_version_zero() {
    let world = World::new();
    let mut account = world.svm.get_account(&world.org).expect("account");
    account.data.resize(account.data.len() + 64, 7);
    account.data[VERSION] = 2;
    let later: Org = decode::account(&account.data).expect("a later version");
    assert_eq!(later.header.version, 2);
    account.data[VERSION] = 0;
    let refusal = decode::account::<Org>(&account.data).expect_err("version 0");
    assert_eq!(refusal.to_string(), "Org of layout version 0");
}
