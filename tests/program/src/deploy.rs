//! The program as it is deployed: under the upgradeable loader, with somebody who may upgrade it.

use litesvm::LiteSVM;
use solana_address::Address;
use tessera_client::{address, types::ID};

/// Where `make` leaves the program.
const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/deploy/tessera.so"
);

/// Where the loader says whether there is an upgrade authority; who it is follows.
const HAS_AUTHORITY: usize = 12;

/// Deploys the program, which `authority` may upgrade.
pub(crate) fn program(svm: &mut LiteSVM, authority: &Address) {
    let code = std::fs::read(PROGRAM).expect("`make` builds the program before the tests run");
    deploy(svm, &code, authority);
}

/// Deploys this code as the program, in place of what is there.
pub fn deploy(svm: &mut LiteSVM, code: &[u8], authority: &Address) {
    svm.add_program(ID, code).expect("code of the program");
    let address = address::program_data();
    let mut account = svm.get_account(&address).expect("code of the program");
    account.data[HAS_AUTHORITY] = 1;
    account.data[HAS_AUTHORITY + 1..][..32].copy_from_slice(authority.as_ref());
    svm.set_account(address, account).expect("set account");
}
