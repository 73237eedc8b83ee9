use crate::{arguments::QuoteSignerArguments, demo, master_key};
use anyhow::Result;
use solana_signer::Signer;
use std::process::ExitCode;
use tessera_client::{address, types::Address};
use tessera_domain::access::secret::MasterKey;

/// Asks neither a node nor a database: the quote authority is set when the Org is created, so it
/// has to be known before the Org exists.
pub(crate) fn run(arguments: &QuoteSignerArguments) -> Result<ExitCode> {
    let master_key = master_key::load(&arguments.master_key.master_key_file)?;
    say!(
        "{}",
        lines(&master_key, &arguments.creator, arguments.id).trim_end()
    );
    Ok(ExitCode::SUCCESS)
}

fn lines(master_key: &MasterKey, creator: &Address, id: u64) -> String {
    let org = address::org(creator, id);
    let signer = demo::quote_authority(master_key, &org).pubkey();
    format!("org       {org}\nsigner    {signer}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    /// Computed by Python's `hashlib`, `hmac` and `cryptography` from the documented seeds and label.
    #[test]
    fn org_and_signer_are_those_of_another_implementation() {
        let master_key = MasterKey::parse_hex(MASTER).unwrap();
        let creator = "GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB";
        let creator = creator.parse().unwrap();
        assert_eq!(
            lines(&master_key, &creator, 1),
            "org       2h9qCCqozhT8aEB2MGt18NmaUevDhUoR6WE6boRfLEjx\n\
             signer    Din5NP6LCkzmr6J16RM1KLAHop56hF4UwrZ7wihrYCwc\n"
        );
        assert_eq!(
            lines(&master_key, &creator, u64::MAX),
            "org       C4Eu2ezG8nAD9HQbU56LiTrFQaXobF1h6YWX81PyGEnX\n\
             signer    AWnUfpsXX7rDMWUGrspHYy64Lp6aicdQuPFNvtDovQmK\n"
        );
    }
}
