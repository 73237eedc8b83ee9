//! The program's own settings, which every business needs.

use crate::chain::{Chain, ChainError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    instructions::SetConfig,
    types::{args::ConfigArgs, limits::MAX_COMMISSION_BPS},
};

/// Creates the settings of a program whose upgrade authority is `admin`, which holds lamports.
///
/// # Errors
/// [`ChainError`] when the transaction fails, also if the settings already exist.
pub async fn configure(chain: &Chain, admin: &Keypair) -> Result<(), ChainError> {
    let set = SetConfig {
        payer: admin.pubkey(),
        admin: admin.pubkey(),
        args: ConfigArgs {
            seq: 0,
            max_commission_bps: MAX_COMMISSION_BPS,
            pause_flags: 0,
            spare: [0; 5],
        },
    };
    chain.send(&[set.into()], admin, &[]).await?;
    Ok(())
}
